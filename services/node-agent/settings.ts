/**
 * The agent's settings, from environment variables. Those of name servers are the ones that the Kubernetes objects set
 * (components/resolution-service/manifests/environment.ts); a test holds the two together. Pure.
 */
import type { NodeKind } from "../contracts/feed";
import { kindNamed } from "./kinds";
import type { Patience, Settings } from "./kinds/kind";

export interface NodeSettings extends Settings {
  readonly kind: NodeKind;
  readonly leaveOnStop: boolean;
  readonly patience: Patience;
}

/** Reads and checks the variables. Throws a SettingsError that names every mistake with its value and its remedy. */
export function readSettings(environment: NodeJS.ProcessEnv): NodeSettings {
  const { name: kind, leavesOnStop, patience, read } = kindNamed(environment.NODE_KIND);
  const settings = read(environment);
  return { kind, ...settings, leaveOnStop: settings.agent.leaveOnStop ?? leavesOnStop, patience };
}
