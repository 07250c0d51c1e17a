import { isPlaced } from "../support/catalogue";
import type { ResourceRule } from "../support/rule";
import { projectOf } from "../support/scope";
import { show, text } from "../support/values";

export const clusterProject: ResourceRule = {
  name: "cluster-project",
  description:
    "Everything in a stack lies in its own Google Cloud project: the cluster's where it has one, else the environment's.",
  severity: "high",
  remedy: "leave project out, so that the stack's provider sets it, or correct clusters.<name>.project",
  appliesTo: (type) => isPlaced(type),
  check: ({ properties }, scope) => {
    const project = text(properties.project);
    const own = projectOf(scope);
    if (project === undefined || project === own) return [];
    return [`project ${show(project)} is not the stack's own, ${own}`];
  },
};
