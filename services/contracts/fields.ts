/** Schemas of single values that several contracts share. */
import { z } from "zod";
import { LABEL_PATTERN } from "./names";

/** A user's name. Case does not matter on the way in; see `parseUserLabel` for what is refused beyond the pattern. */
export const userLabel = z.string().regex(new RegExp(LABEL_PATTERN));
/** A cluster's name, as in the environment's configuration. */
export const clusterName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);
export const ipv4 = z.ipv4();
export const ipv6 = z.ipv6();
