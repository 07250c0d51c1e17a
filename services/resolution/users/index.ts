/** Users: creation with placement, change of plan, deletion. */
export { deleteUser } from "./departure";
export { changePlan } from "./plan";
export { createUser, getUser, listUsers } from "./users";
