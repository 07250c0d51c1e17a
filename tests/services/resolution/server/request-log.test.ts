/** A request's log: made late, and no different from one that is made at once. */
import { Writable } from "node:stream";
import Fastify, { LogController } from "fastify";
import pino, { type Logger } from "pino";
import { requestLog } from "../../../../services/resolution/server/request-log";

/** A log and the lines that it has got. */
function logged(): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
    done();
  };
  return { log: pino({ level: "trace", base: null }, new Writable({ write })), lines };
}

it("has the request's id on every line, at every level, and on its children's", async () => {
  const { log, lines } = logged();
  const app = Fastify({ loggerInstance: log, childLoggerFactory: requestLog, genReqId: () => "request-1" });
  app.get("/", (request) => {
    for (const level of ["fatal", "error", "warn", "info", "debug", "trace"] as const)
      request.log[level]({ level }, level);
    request.log.child({ part: "child" }).info("of a child");
    return null;
  });
  await app.inject("/");
  await app.close();
  const ours = lines.filter(({ msg }) => !String(msg).includes("request"));
  expect(ours.map(({ msg }) => msg)).toEqual(["fatal", "error", "warn", "info", "debug", "trace", "of a child"]);
  expect(new Set(lines.map(({ reqId }) => reqId))).toEqual(new Set(["request-1"]));
  expect(ours.at(-1)).toMatchObject({ part: "child" });
});

it("keeps to its route's level, and is not made for a request without lines", async () => {
  const { log, lines } = logged();
  const child = jest.spyOn(log, "child");
  const app = Fastify({
    loggerInstance: log,
    childLoggerFactory: requestLog,
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.get("/quiet", { logLevel: "warn" }, (request) => {
    request.log.info("not to be seen");
    request.log.warn("to be seen");
    return request.log.level;
  });
  app.get("/without", () => null);
  await app.ready();
  child.mockClear();
  expect((await app.inject("/without")).statusCode).toBe(200);
  expect(child).not.toHaveBeenCalled();
  expect((await app.inject("/quiet")).body).toBe("warn");
  expect(lines.map(({ msg }) => msg)).toEqual(["to be seen"]);
  await app.close();
});
