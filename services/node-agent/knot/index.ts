/** The Knot driver: feeds a name server's zone by dynamic update. */
export { createKnotDriver, type KnotDriver } from "./driver";
export type { KnotSettings } from "./settings";
