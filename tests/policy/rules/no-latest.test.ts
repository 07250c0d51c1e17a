import { noLatest } from "../../../policy/rules/no-latest";
import { UNKNOWN } from "../../../policy/support/values";
import { freeStack, judge, resource, sharedStack } from "../support/judge";

const REGISTRY = "europe-docker.pkg.dev/acme-hosting-prod/platform";
const DIGEST = `sha256:${"0a".repeat(32)}`;

describe("no-latest on pods", () => {
  const image = (reference: unknown) =>
    judge(
      noLatest,
      resource("kubernetes:core/v1:Pod", { spec: { containers: [{ name: "c", image: reference }] } }),
      sharedStack,
    );

  it.each([`${REGISTRY}/control-api:2026.11.0`, `localhost:5000/api:1`, `${REGISTRY}/api@${DIGEST}`, UNKNOWN])(
    "accepts %p",
    (reference) => {
      expect(image(reference)).toEqual([]);
    },
  );

  it.each([
    `${REGISTRY}/api:latest`,
    `${REGISTRY}/api`,
    "localhost:5000/api",
    "api",
    `${REGISTRY}/api@sha256:12`,
    undefined,
  ])("refuses %p", (reference) => {
    expect(image(reference)).toHaveLength(1);
  });
});

describe("no-latest on machines", () => {
  const userData = (text: unknown) =>
    judge(
      noLatest,
      resource("gcp:compute/regionInstanceTemplate:RegionInstanceTemplate", { metadata: { "user-data": text } }),
      freeStack,
    );

  it("accepts cloud-init that names releases and digests", () => {
    const pinned = `ExecStart=/usr/bin/docker run --rm ${REGISTRY}/edge:2026.11.0 -db\nExecStart=docker pull ${REGISTRY}/node-agent@${DIGEST}`;
    expect(userData(pinned)).toEqual([]);
    expect(userData(UNKNOWN)).toEqual([]);
  });

  it("refuses latest, said or meant", () => {
    expect(userData(`docker run ${REGISTRY}/edge:latest`)).toEqual([`metadata runs image "${REGISTRY}/edge:latest"`]);
    expect(userData(`docker run ${REGISTRY}/edge --flag`)).toHaveLength(1);
    expect(userData("docker run docker.io/library/haproxy:latest")).toHaveLength(1);
  });
});
