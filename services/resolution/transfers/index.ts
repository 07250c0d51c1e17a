/** Transfers: moving users between clusters, one or many, and the driver that carries the moves out. */
export { TransferDriver, type DriverHooks, type DriverLog } from "./driver";
export {
  getEvacuation,
  listEvacuations,
  setEvacuationState,
  startEvacuation,
  type EvacuationCommand,
} from "./evacuations";
export { cancelTransfer, requestTransfer } from "./requests";
export { mayRun } from "./residency";
export { transferTimings, type TransferTimings } from "./timings";
export { listTombstones } from "./tombstones";
export { getTransfer, listTransfers } from "./transfers";
