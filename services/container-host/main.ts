/* eslint-disable @typescript-eslint/no-require-imports -- an app process is to load nothing of the host, and TypeScript has no other way */
/** The container host; or, told so by one, an app of its own. */
import type * as app from "./apps/run";
import { RUN_APP } from "./apps/protocol";
import type * as service from "./service";

if (process.argv[2] === RUN_APP) (require("./apps/run") as typeof app).runApp(process.env);
else void (require("./service") as typeof service).runService(process.env);
