import type { Failure } from "../../provider/package";
import { isAbsent, isProperties, list, object, type Properties, show, text } from "../../provider/values";
import type { Definitions, OutputContext, Rule } from "../definition";
import { numericId } from "../../provider/hash";
import { shortName } from "../links";
import { failure, labels, oneOf } from "../rules";

const CONDITIONS = [
  "conditionThreshold",
  "conditionAbsent",
  "conditionMonitoringQueryLanguage",
  "conditionMatchedLog",
  "conditionPrometheusQueryLanguage",
  "conditionSql",
];

/** Each condition is of exactly one kind, and lasts whole minutes. */
const conditions: Rule = (inputs) =>
  list(inputs.conditions).flatMap((entry, index): Failure[] => {
    if (!isProperties(entry)) return [];
    const at = `conditions[${index}]`;
    const kinds = CONDITIONS.filter((kind) => !isAbsent(entry[kind]));
    if (kinds.length !== 1) {
      const found = kinds.length === 0 ? "none is set" : `${kinds.join(" and ")} are set`;
      return [failure(at, `exactly one of ${CONDITIONS.join(", ")} must be set, but ${found}`)];
    }
    const kind = kinds[0]!;
    return conditionFailures(object(entry[kind]), `${at}.${kind}`, kind);
  });

function conditionFailures(condition: Properties, at: string, kind: string): Failure[] {
  const failures: Failure[] = [];
  const seconds = (value: unknown) => (typeof value === "string" ? /^(\d+)s$/.exec(value)?.[1] : undefined);
  const { duration, filter, aggregations } = condition;
  if (typeof duration === "string" && (seconds(duration) === undefined || Number(seconds(duration)) % 60 !== 0)) {
    failures.push(
      failure(`${at}.duration`, `${show(duration)} is not valid; use whole minutes in seconds, like "300s"`),
    );
  }
  const measured = kind === "conditionThreshold" || kind === "conditionAbsent";
  if (measured && typeof filter === "string" && !/resource\.type\s*=/.test(filter)) {
    failures.push(failure(`${at}.filter`, `${show(filter)} names no resource type; add resource.type = "..."`));
  }
  list(aggregations).forEach((aggregation, index) => {
    const period = object(aggregation).alignmentPeriod;
    if (typeof period === "string" && !(Number(seconds(period)) >= 60)) {
      failures.push(
        failure(`${at}.aggregations[${index}].alignmentPeriod`, `${show(period)} is too short; use at least "60s"`),
      );
    }
  });
  return failures;
}

const channels: Rule = (inputs) =>
  list(inputs.notificationChannels).flatMap((channel, index) =>
    typeof channel === "string" && !/^projects\/[^/]+\/notificationChannels\/[^/]+$/.test(channel)
      ? [
          failure(
            `notificationChannels[${index}]`,
            `${show(channel)} is not a channel; use the id of a NotificationChannel`,
          ),
        ]
      : [],
  );

function alertOutputs({ id, inputs, created }: OutputContext): Properties {
  const conditionNames = list(inputs.conditions).map((_, index) => ({
    name: `${id}/conditions/${numericId(id, index)}`,
  }));
  return { name: id, conditions: conditionNames, creationRecords: [{ mutateTime: created, mutatedBy: "local cloud" }] };
}

/** One kind of check, periods from a fixed list, and regions enough to tell an outage from one blind prober. */
const uptime: Rule = (inputs) => {
  const failures: Failure[] = [];
  const kinds = ["httpCheck", "tcpCheck"].filter((kind) => !isAbsent(inputs[kind]));
  if (kinds.length !== 1 && isAbsent(inputs.syntheticMonitor)) {
    failures.push(
      failure(
        "httpCheck",
        `exactly one of httpCheck, tcpCheck must be set, but ${kinds.length === 0 ? "none is" : "both are"}`,
      ),
    );
  }
  const timeout = inputs.timeout;
  if (typeof timeout === "string") {
    const seconds = Number(/^(\d+(?:\.\d+)?)s$/.exec(timeout)?.[1]);
    if (!(seconds >= 1 && seconds <= 60))
      failures.push(failure("timeout", `${show(timeout)} is not valid; use "1s" to "60s"`));
  }
  const regions = list(inputs.selectedRegions);
  const probers = regions.reduce((sum: number, region) => sum + (region === "USA" ? 3 : 1), 0);
  if (regions.length > 0 && probers < 3) {
    failures.push(
      failure("selectedRegions", `${show(regions)} are too few; name regions with at least 3 probers (USA has 3)`),
    );
  }
  for (const kind of kinds) {
    const port = object(inputs[kind]).port;
    if (typeof port === "number" && (port < 1 || port > 65535))
      failures.push(failure(`${kind}.port`, `${port} is not a port; use 1 to 65535`));
  }
  return failures;
};

/** What a channel of each type must be told. */
const CHANNEL_LABELS: Readonly<Record<string, string>> = {
  email: "email_address",
  pubsub: "topic",
  sms: "number",
  webhook_tokenauth: "url",
  webhook_basicauth: "url",
};

const channelLabels: Rule = (inputs) => {
  const needed = CHANNEL_LABELS[text(inputs.type)];
  const given = inputs.labels;
  if (needed === undefined || !(isAbsent(given) || isProperties(given)) || !isAbsent(object(given)[needed])) return [];
  return [failure(`labels.${needed}`, `missing for a channel of type ${text(inputs.type)}; set it`)];
};

/** Alert policies, uptime checks and the channels they notify. */
export const MONITORING_TYPES: Definitions = {
  "gcp:monitoring/alertPolicy:AlertPolicy": {
    id: "projects/{project}/alertPolicies/{+number}",
    rules: [oneOf("combiner", ["AND", "OR", "AND_WITH_MATCHING_RESOURCE"]), labels("userLabels"), conditions, channels],
    outputs: alertOutputs,
  },
  "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": {
    id: "projects/{project}/uptimeCheckConfigs/check-{+number}",
    rules: [oneOf("period", ["60s", "300s", "600s", "900s"]), labels("userLabels"), uptime],
    outputs: ({ id }) => ({ name: id, uptimeCheckId: shortName(id), checkerType: "STATIC_IP_CHECKERS" }),
  },
  "gcp:monitoring/notificationChannel:NotificationChannel": {
    id: "projects/{project}/notificationChannels/{+number}",
    rules: [channelLabels, labels("userLabels")],
    outputs: ({ id }) => ({ name: id }),
  },
};
