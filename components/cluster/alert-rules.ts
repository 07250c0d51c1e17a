/**
 * What a cluster's operators are told of, from metrics and logs that Google Cloud writes by itself. Pure.
 *
 * Sources: https://cloud.google.com/monitoring/api/metrics_gcp (metric types and their resources),
 * https://cloud.google.com/load-balancing/docs/health-check-logging and
 * https://cloud.google.com/compute/docs/logging/audit-logging (log entries).
 */
import type * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { containerVmRole, HTTP_SERVING_ROLE } from "../../config/names";
import { nameIn, type ClusterScope } from "./scope";

type Condition = gcp.types.input.monitoring.AlertPolicyCondition;

/** One thing to tell operators. */
export interface AlertRule {
  /** Role in names and labels. */
  readonly role: string;
  /** What is wrong, in words that fit a subject line. */
  readonly title: string;
  /** CRITICAL: users notice. ERROR: they soon will. WARNING: look at it in working hours. */
  readonly severity: "CRITICAL" | "ERROR" | "WARNING";
  /** What it means, and what to look at first. Markdown. */
  readonly help: string;
  /** Any one of them raises the alert. */
  readonly conditions: Condition[];
  /** Whether the conditions match log entries, which are told of at most once an hour. */
  readonly fromLogs: boolean;
}

/** Busy for so long, an edge's CPU is no peak that the autoscaler would have answered. */
const EDGE_CPU = { utilization: 0.85, seconds: 600 };
/** A group may touch its limit for a quarter of an hour, as it does during an update. */
const AT_LIMIT_SECONDS = 900;

/** The alerts of a cluster, but for the uptime check's. */
export function alertRules(scope: ClusterScope): AlertRule[] {
  return [unhealthyEdges(scope), busyEdges(scope), ...groupsAtLimit(scope), repairs(scope)];
}

/** The alert on an uptime check, by the id that it has once it exists. */
export function uptimeRule(checkId: pulumi.Input<string>): AlertRule {
  return {
    role: "uptime",
    title: "hosting address does not answer",
    severity: "CRITICAL",
    help: "Two or more places in the world get no answer from an edge. Look at the health of the hosting load balancer's backends, then at the edges' logs. When the region is at fault, evacuate the cluster's users.",
    fromLogs: false,
    conditions: [
      {
        displayName: "Uptime check fails from two places",
        conditionThreshold: {
          filter: pulumi
            .output(checkId)
            .apply((id) =>
              all(
                'metric.type="monitoring.googleapis.com/uptime_check/check_passed"',
                'resource.type="uptime_url"',
                `metric.labels.check_id="${id}"`,
              ),
            ),
          aggregations: [
            {
              alignmentPeriod: "300s",
              perSeriesAligner: "ALIGN_NEXT_OLDER",
              crossSeriesReducer: "REDUCE_COUNT_FALSE",
              groupByFields: ["resource.label.project_id"],
            },
          ],
          comparison: "COMPARISON_GT",
          thresholdValue: 1,
          duration: "60s",
          trigger: { count: 1 },
        },
      },
    ],
  };
}

function unhealthyEdges(scope: ClusterScope): AlertRule {
  return {
    role: "unhealthy-edge",
    title: "an edge turned unhealthy",
    severity: "ERROR",
    help: "A load balancer's health check lost an edge. The others carry on; autohealing replaces it after a minute. Look at the edge's container logs, and at whether its zone is in trouble.",
    fromLogs: true,
    conditions: [
      {
        displayName: "Health check: from healthy to unhealthy",
        conditionMatchedLog: {
          filter: all(
            `logName="projects/${scope.project}/logs/compute.googleapis.com%2Fhealthchecks"`,
            'resource.type="gce_instance_group"',
            `resource.labels.instance_group_name="${nameIn(scope, HTTP_SERVING_ROLE)}"`,
            'jsonPayload.healthCheckProbeResult.previousHealthState="HEALTHY"',
            'jsonPayload.healthCheckProbeResult.healthState="UNHEALTHY"',
          ),
        },
      },
    ],
  };
}

function busyEdges(scope: ClusterScope): AlertRule {
  return {
    role: "busy-edges",
    title: "edges are short of CPU",
    severity: "ERROR",
    help: "The HTTP-serving group is busy although the autoscaler had time to act. Raise `httpServing.max` or its machine type, or move users away.",
    fromLogs: false,
    conditions: [
      {
        displayName: `Mean CPU of the edges above ${EDGE_CPU.utilization * 100} %`,
        conditionThreshold: {
          filter: all(
            'metric.type="compute.googleapis.com/instance/cpu/utilization"',
            'resource.type="gce_instance"',
            `metadata.user_labels."failure-domain"="${scope.cluster}"`,
            `metadata.user_labels."environment"="${scope.environment.name}"`,
            `metadata.user_labels."role"="${HTTP_SERVING_ROLE}"`,
          ),
          aggregations: [{ alignmentPeriod: "60s", perSeriesAligner: "ALIGN_MEAN", crossSeriesReducer: "REDUCE_MEAN" }],
          comparison: "COMPARISON_GT",
          thresholdValue: EDGE_CPU.utilization,
          duration: `${EDGE_CPU.seconds}s`,
          trigger: { count: 1 },
        },
      },
    ],
  };
}

/** No rule when every group has a fixed size: such groups are at their limit always. */
function groupsAtLimit(scope: ClusterScope): AlertRule[] {
  const { containerVms, httpServing } = scope.config;
  const groups = [
    ...Object.entries(containerVms).map(([tier, { min, max }]) => ({ role: containerVmRole(tier), min, max })),
    { role: HTTP_SERVING_ROLE, min: httpServing.min, max: httpServing.max },
  ].filter(({ min, max }) => min < max);
  if (groups.length === 0) return [];
  return [
    {
      role: "group-at-limit",
      title: "a group of VMs cannot grow any more",
      severity: "WARNING",
      help: "The autoscaler is at the group's `max`. Raise it, or move users to another cluster before the group is overloaded.",
      fromLogs: false,
      conditions: groups.map(({ role, max }) => atLimit(scope, role, max)),
    },
  ];
}

function atLimit(scope: ClusterScope, role: string, max: number): Condition {
  return {
    displayName: `${role} has ${max} VMs`,
    conditionThreshold: {
      filter: all(
        'metric.type="compute.googleapis.com/instance_group/size"',
        'resource.type="instance_group"',
        `resource.labels.instance_group_name="${nameIn(scope, role)}"`,
      ),
      aggregations: [{ alignmentPeriod: "60s", perSeriesAligner: "ALIGN_MIN", crossSeriesReducer: "REDUCE_SUM" }],
      comparison: "COMPARISON_GT",
      thresholdValue: max - 1,
      duration: `${AT_LIMIT_SECONDS}s`,
      trigger: { count: 1 },
    },
  };
}

function repairs(scope: ClusterScope): AlertRule {
  return {
    role: "container-vm-repair",
    title: "a container VM was recreated",
    severity: "WARNING",
    help: "Autohealing replaced a VM that did not answer for a minute; its users' containers started anew elsewhere. One is an accident; several in an hour are a bad release or a zone in trouble.",
    fromLogs: true,
    conditions: [
      {
        displayName: "Repair of a container VM",
        conditionMatchedLog: {
          filter: all(
            `logName="projects/${scope.project}/logs/cloudaudit.googleapis.com%2Fsystem_event"`,
            'resource.type="gce_instance"',
            'protoPayload.methodName="compute.instances.repair.recreateInstance"',
            `protoPayload.resourceName:"/instances/${nameIn(scope, containerVmRole(""))}"`,
          ),
        },
      },
    ],
  };
}

function all(...terms: string[]): string {
  return terms.join(" AND ");
}
