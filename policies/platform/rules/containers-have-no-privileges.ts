import { z } from "zod";
import { listAt } from "../../verdict/known.ts";
import { resourceRule } from "../../verdict/rule.ts";
import { faultyContainers, runsPods, securityOf } from "../pods.ts";

export const containersHaveNoPrivileges = resourceRule({
  name: "containers-have-no-privileges",
  description: "No container is privileged, gains privileges or keeps capabilities.",
  why: "a privileged container is the node under another name, and with it every pod and every role on that node.",
  fix: "leave out privileged, set allowPrivilegeEscalation to false, and drop the capabilities ALL; NET_BIND_SERVICE alone may be added.",
  settings: z.strictObject({}),
  applies: runsPods,
  check: (resource) =>
    faultyContainers(resource, (container) => {
      const { props } = container;
      const added = listAt(props, "securityContext", "capabilities", "add").filter((one) => one !== "NET_BIND_SERVICE");
      return [
        ...(securityOf(container, "privileged") === true ? ["is privileged"] : []),
        ...(securityOf(container, "allowPrivilegeEscalation") === false ? [] : ["may gain privileges"]),
        ...(listAt(props, "securityContext", "capabilities", "drop").includes("ALL") ? [] : ["keeps capabilities"]),
        ...(added.length === 0 ? [] : [`adds the capabilities ${added.map(String).join(", ")}`]),
      ];
    }),
});
