import { parseReference } from "../../../../sandbox/cloud/registry/reference";

describe("an image's name", () => {
  it("is its last part and its tag, whatever registry it is in", () => {
    expect(parseReference("europe-docker.pkg.dev/acme/platform/edge:dev")).toEqual({ image: "edge", tag: "dev" });
    expect(parseReference("localhost:5000/edge:v1.2")).toEqual({ image: "edge", tag: "v1.2" });
    expect(parseReference("edge:dev")).toEqual({ image: "edge", tag: "dev" });
  });

  it.each([
    "edge",
    "localhost:5000/edge",
    "edge@sha256:0123",
    "edge:dev@sha256:0123",
    "",
    "edge:",
    "edge:a/b",
    "edge:../x",
  ])("needs a tag, and nothing else: %p", (reference) => {
    expect(parseReference(reference)).toBeUndefined();
  });
});
