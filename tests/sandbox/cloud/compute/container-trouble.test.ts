import { containerTrouble } from "../../../../sandbox/cloud/compute/instance-groups/container-trouble";

const NOW = 1_000_000;
const edge = {
  name: "edge",
  state: "waiting",
  restarts: 2,
  trouble: "ended with code 1: no configuration yet",
} as const;
const agent = {
  name: "node-agent",
  state: "running",
  pid: 7,
  restarts: 3,
  startedAt: NOW - 1_000,
  trouble: "ended with code 1: NODE_KIND is missing",
} as const;

test("a container that is on its way to fail again is named beside those that wait for it", () => {
  expect(containerTrouble([edge, agent], NOW)).toBe(
    "container edge: ended with code 1: no configuration yet; container node-agent: ended with code 1: NODE_KIND is missing",
  );
});

test("a container that has run for long since it ended is in no trouble", () => {
  expect(containerTrouble([{ ...agent, startedAt: NOW - 60_000 }], NOW)).toBeUndefined();
});

test("a container that has not been started yet is in none", () => {
  expect(containerTrouble([{ name: "edge", state: "waiting", restarts: 0 }], NOW)).toBeUndefined();
});
