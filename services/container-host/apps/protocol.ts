/** What host and app process say to each other. */

/** Argument that makes the program an app instead of a host. */
export const RUN_APP = "run-app";
/** Message of an app that takes connections. */
export const APP_LISTENS = "listens";
/** Environment variables of an app. */
export const APP_VARIABLES = {
  /** Labels before the user's in the host name. */
  app: "APP",
  /** Path of the Unix socket to listen on. */
  socket: "APP_SOCKET",
} as const;
