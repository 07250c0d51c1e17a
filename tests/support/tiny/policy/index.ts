/** One rule, for tests: no thing is larger than the stack's configuration allows. */
import { PolicyPack } from "@pulumi/policy";
import { Config, getStack } from "@pulumi/pulumi";

const project = new Config("platform").require("project");
const stack = getStack();

new PolicyPack("tiny-rules", {
  policies: [
    {
      name: "size-limit",
      description: "Things are small",
      enforcementLevel: "mandatory",
      validateResource: ({ props, name }, reportViolation) => {
        if (Number(props.size) > 100)
          reportViolation(`${name} of ${stack} in ${project} is too large. Remedy: make it smaller.`);
      },
    },
  ],
});
