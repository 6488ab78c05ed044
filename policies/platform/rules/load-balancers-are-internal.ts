import { z } from "zod";
import { isProps, knownAt, UNKNOWN, valueAt, within } from "../../verdict/known.ts";
import { CHART, kindOf, nameOf, ofKind, type Resource, VALUES_ONLY } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";

const SERVICE = "kubernetes:core/Service";
const INGRESS = "kubernetes:networking.k8s.io/Ingress";
/** Either of them makes the load balancer of a Service internal. */
const INTERNAL: Readonly<Record<string, string>> = {
  "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
  "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
};
const SCHEME = "alb.ingress.kubernetes.io/scheme";

export const loadBalancersAreInternal = resourceRule({
  name: "load-balancers-are-internal",
  description: "Load balancers have addresses inside the network only.",
  why: "behind a load balancer stand programs that were reviewed for callers who have already got into the network.",
  fix: "annotate it with service.beta.kubernetes.io/aws-load-balancer-scheme: internal (an Ingress: alb.ingress.kubernetes.io/scheme: internal; aws.lb.LoadBalancer: internal), or name it under `public` in the settings of load-balancers-are-internal.",
  settings: z.strictObject({
    /** `namespace/name`, in AWS the name, of what is meant for everybody. Default: none. */
    public: z.array(z.string()).default([]),
  }),
  applies: ofKind(SERVICE, INGRESS, CHART, "aws:lb/LoadBalancer", "aws:alb/LoadBalancer", "aws:elb/LoadBalancer"),
  check: (resource, settings) =>
    settings.public.includes(nameOf(resource).split(" ").slice(1).join(" ")) ? [] : openings(resource),
});

function openings(resource: Resource): string[] {
  const { props } = resource;
  switch (kindOf(resource)) {
    case SERVICE: {
      if (knownAt(props, "spec", "type") !== "LoadBalancer") return [];
      return isInternal(knownAt(props, "metadata", "annotations"))
        ? []
        : ["gets a load balancer with public addresses"];
    }
    case INGRESS:
      return knownAt(props, "metadata", "annotations", SCHEME) === "internet-facing"
        ? ["gets a load balancer with public addresses"]
        : [];
    case CHART:
      return inValues(knownAt(props, "values"));
    default:
      return knownAt(props, "internal") === true ? [] : ["has public addresses"];
  }
}

/** A chart's Service is of type LoadBalancer; its annotations stand beside, in an object of their own or in one named after the type. */
function inValues(values: unknown): string[] {
  return [...within(values)].flatMap(({ path, value }) => {
    if (!isProps(value)) return [];
    const type = value.type ?? value.serviceType;
    if (typeof type !== "string" || type.toLowerCase() !== "loadbalancer") return [];
    const near = [value, value.loadBalancer, value.service].map((one) => valueAt(one, "annotations"));
    if (near.some(isInternal)) return [];
    return [`has the value ${path.join(".")}.type: ${type}, a load balancer with public addresses ${VALUES_ONLY}`];
  });
}

const isInternal = (annotations: unknown): boolean =>
  annotations !== UNKNOWN && Object.entries(INTERNAL).some(([key, value]) => valueAt(annotations, key) === value);
