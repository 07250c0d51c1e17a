/** The drills there are, with what each promises. */
import { didYouMean } from "../../config/nearest";
import { UsageError } from "../../deploy/errors";
import { badRelease } from "./acts/bad-release";
import { killCluster, killDatabase, killNameServer, killResolution } from "./acts/kill";
import { evacuate, moveUnderLoad, partition } from "./acts/move";
import type { Drill } from "./drill";

export const DRILLS: readonly Drill[] = [
  {
    name: "kill-cluster",
    summary: "every process of one cluster dies; its users notice, nobody else does",
    target: "any",
    expectation: { users: "notice", recoverySeconds: 90 },
    act: killCluster,
  },
  {
    name: "kill-resolution",
    summary: "control API and store are away; everybody is served from what edges, hosts and name servers know",
    target: "none",
    expectation: { users: "unharmed", recoverySeconds: 30 },
    act: killResolution,
  },
  {
    name: "kill-dns",
    summary: "one name server is away; resolvers ask the other",
    target: "none",
    expectation: { users: "unharmed", recoverySeconds: 30 },
    act: killNameServer,
  },
  {
    name: "kill-database",
    summary: "the store is away; questions are answered from memory, changes are refused",
    target: "none",
    expectation: { users: "unharmed", recoverySeconds: 30 },
    act: killDatabase,
  },
  {
    name: "evacuate",
    summary: "half of a cluster's users leave it, and come back",
    target: "peer",
    expectation: { users: "unharmed", recoverySeconds: 30 },
    act: evacuate,
  },
  {
    name: "move-under-load",
    summary: "one user is moved to another cluster and back while visitors go on asking",
    target: "peer",
    expectation: { users: "unharmed", recoverySeconds: 30 },
    act: moveUnderLoad,
  },
  {
    name: "bad-release",
    summary: "a release that does not run is rolled out to one cluster; the update stops, what ran goes on serving",
    target: "any",
    expectation: { users: "unharmed", recoverySeconds: 30 },
    act: badRelease,
  },
  {
    name: "partition",
    summary: "one cluster is cut off from the control plane; it goes on serving, and heals afterwards",
    target: "any",
    expectation: { users: "unharmed", recoverySeconds: 30 },
    act: partition,
  },
];

/** Word for all of them, one after another. */
export const ALL = "all";

/** Throws a {@link UsageError} for a name that no drill has. */
export function drillsNamed(name: string): readonly Drill[] {
  if (name === ALL) return DRILLS;
  const drill = DRILLS.find((candidate) => candidate.name === name);
  if (drill !== undefined) return [drill];
  const names = [...DRILLS.map((candidate) => candidate.name), ALL];
  throw new UsageError(`there is no drill "${name}"${didYouMean(name, names)}; drills: ${names.join(", ")}`);
}
