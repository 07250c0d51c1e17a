/** The images that the stack names are those that are built here, as the stack runs them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { CONTAINER_USER } from "../../components/containers";
import { BUNDLE } from "../../tools/bundle";
import { images } from "../../tools/images";
import { REPOSITORY } from "../support/environments";
import { readDockerfile, valueOf, wordsOf } from "./agreement/dockerfile";
import { machineContainers } from "./agreement/machines";
import { containers, imageOf, pods } from "./agreement/stack";

const known = Object.entries(images).map(([name, image]) => ({ name, ...image }));

it.each([...containers, ...machineContainers])("there is a Dockerfile for $name", ({ container }) => {
  expect(Object.keys(images)).toContain(imageOf(container));
});

it.each(known)("the stack runs $name", ({ name }) => {
  expect([...containers, ...machineContainers].map(({ container }) => imageOf(container))).toContain(name);
});

it("images are made from all Dockerfiles that there are, each from its own", () => {
  const services = join(REPOSITORY, "services");
  const folders = readdirSync(services).filter((folder) => existsSync(join(services, folder, "Dockerfile")));
  expect(known.map(({ dockerfile }) => dockerfile).sort()).toEqual(
    folders.map((folder) => `services/${folder}/Dockerfile`).sort(),
  );
});

it.each(["build", "publish"])("all images are in the job of the workflow: %s", (job) => {
  const workflow = parse(readFileSync(join(REPOSITORY, ".github", "workflows", "images.yml"), "utf8")) as {
    jobs: Record<string, { strategy: { matrix: { include: unknown } } }>;
  };
  expect(workflow.jobs[job]?.strategy.matrix.include).toEqual(
    known.map(({ name, dockerfile }) => ({ image: name, dockerfile })),
  );
});

it.each(known)("$name runs as the user that pods and machines give it, which is not root", ({ dockerfile }) => {
  expect(valueOf(readDockerfile(join(REPOSITORY, dockerfile)), "USER")).toBe(`${CONTAINER_USER}:${CONTAINER_USER}`);
  expect(CONTAINER_USER).toBeGreaterThan(0);
});

it.each(pods)("the $name gives its processes that user", ({ pod }) => {
  expect(pod.securityContext).toMatchObject({ runAsUser: CONTAINER_USER, runAsGroup: CONTAINER_USER });
});

it.each(known.filter(({ service }) => service !== undefined))("$name starts its bundle", ({ name, dockerfile }) => {
  const file = readDockerfile(join(REPOSITORY, dockerfile));
  const folder = valueOf(file, "WORKDIR");
  expect(wordsOf(file, "ENTRYPOINT").at(-1)).toBe(`${folder}/${BUNDLE}`);
  expect(file.instructions).toContainEqual(["COPY", "--from=bundle /bundle ."]);
  expect(readFileSync(join(REPOSITORY, dockerfile), "utf8")).toContain(`tools/bundle.ts ${name} /bundle`);
});

it.each(containers.filter(({ container }) => container.args !== undefined))(
  "the arguments of $name are those that the image would use by itself",
  ({ container }) => {
    const dockerfile = images[imageOf(container)]?.dockerfile ?? "";
    expect(wordsOf(readDockerfile(join(REPOSITORY, dockerfile)), "CMD")).toEqual(container.args);
  },
);
