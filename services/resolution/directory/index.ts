/** Who lives where, in memory. */
export { Directory, type DirectorySettings, type ResolveQuery } from "./directory";
export { followDirectory, type FeedSource } from "./follow";
