import fc from "fast-check";
import { imageOf, parseRegistry } from "../../components/registry";

const part = fc.stringMatching(/^[a-z0-9-]{1,20}$/);

describe("parseRegistry", () => {
  it("finds the parts that an address was made of", () => {
    fc.assert(
      fc.property(part, part, part, (location, project, repository) => {
        const host = `${location}-docker.pkg.dev`;
        expect(parseRegistry(`${host}/${project}/${repository}`)).toEqual({ host, location, project, repository });
      }),
    );
  });

  it.each([
    ["another registry", "gcr.io/acme/platform"],
    ["no repository", "europe-docker.pkg.dev/acme"],
    ["an image in the repository", "europe-docker.pkg.dev/acme/platform/edge"],
    ["no location", "-docker.pkg.dev/acme/platform"],
    ["a scheme", "https://europe-docker.pkg.dev/acme/platform"],
    ["a trailing line break", "europe-docker.pkg.dev/acme/platform\n"],
  ])("refuses %s and shows the form", (_, address) => {
    expect(() => parseRegistry(address)).toThrow(
      /images\.registry.*<location>-docker\.pkg\.dev\/<project>\/<repository>/s,
    );
  });
});

it("refers to an image at a release", () => {
  expect(imageOf("europe-docker.pkg.dev/acme/platform", "edge", "2026.11.0")).toBe(
    "europe-docker.pkg.dev/acme/platform/edge:2026.11.0",
  );
});
