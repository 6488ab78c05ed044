import type { FastifyInstance } from "fastify";
import type { ApiMetrics } from "../metrics.ts";
import type { Readiness } from "../readiness.ts";
import { openApiDocument } from "./openapi.ts";

/** For whoever runs the service: no caller is asked for, as probes and Prometheus have no token. */
export function operationalRoutes(
  app: FastifyInstance,
  { metrics, readiness }: { readonly metrics: ApiMetrics; readonly readiness: Readiness },
): void {
  app.get("/healthz", async () => ({ alive: true }));

  app.get("/readyz", async (_request, reply) => {
    const state = await readiness();
    if (!state.ready) reply.code(503).header("retry-after", "2");
    return state;
  });

  app.get("/metrics", async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return await metrics.registry.metrics();
  });

  let document: string | undefined;
  app.get("/openapi.json", async (_request, reply) => {
    document ??= JSON.stringify(openApiDocument());
    reply.type("application/json");
    return document;
  });
}
