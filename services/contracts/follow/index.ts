export { FeedFollower, type FollowerLog, type FollowerOptions, type FollowerTimings } from "./follower";
