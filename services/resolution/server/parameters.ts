/** Parameters in paths. What they name is checked by who knows it, with a problem of its own; here only their size. */
import { z } from "zod";
import { clusterName } from "../../contracts/fields";
import { NODE_KINDS } from "../../contracts/feed";
import { nodeName } from "../../contracts/resources";

/** Longest name in a path: a domain with every octet percent-encoded is what a client may try. */
export const MAX_PARAMETER_LENGTH = 1024;

const name = z.string().min(1).max(MAX_PARAMETER_LENGTH);
const scope = z.string().regex(new RegExp(`^(${NODE_KINDS.join("|")})(:[a-z][a-z0-9-]{0,62})?$`));

export const labelParams = z.strictObject({ label: name });
export const domainParams = z.strictObject({ label: name, name });
export const clusterParams = z.strictObject({ name: clusterName });
export const idParams = z.strictObject({ id: z.uuid() });
export const nodeParams = z.strictObject({ name: nodeName });
export const registrationParams = z.strictObject({ scope, name: nodeName });
export const userParams = z.strictObject({ user: name });
