/** Programs that the local cloud runs. */
export { Processes, type Ending, type ProcessSpec, type RunningProcess } from "./processes";
export { boundLog, tail } from "./log-file";
