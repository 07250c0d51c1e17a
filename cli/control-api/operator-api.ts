/** What the command asks of the control API. */
import type { ControlApi } from "../../services/contracts/client";

/** Operations that look at things or change them. */
export type OperatorApi = Pick<
  ControlApi,
  | "resolveAgain"
  | "getUser"
  | "listClusters"
  | "listNodes"
  | "requestTransfer"
  | "listTransfers"
  | "startEvacuation"
  | "pauseEvacuation"
  | "resumeEvacuation"
  | "abortEvacuation"
  | "listEvacuations"
>;

/** Operations that are asked again and again. */
export type WatchingApi = Pick<
  ControlApi,
  | "getTransfer"
  | "getEvacuation"
  | "listClusters"
  | "listNodes"
  | "listTransfers"
  | "listTombstones"
  | "listEvacuations"
>;

export type EvacuationInput = Parameters<ControlApi["startEvacuation"]>[0];
