import { type Readable, Transform } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { BytesInFlight } from "../bytes-in-flight.ts";

/**
 * The body of a request, counted as it comes in and until it is answered: what is held is what counts, not what was announced, so that a
 * slow client takes nothing from others.
 *
 * @param limit bytes of one body; what comes beyond is refused by the framework and kept by nobody
 * @throws Rejection: busy, when what is announced would be too much already
 */
export function countedBody(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: Readable,
  bytes: BytesInFlight,
  limit: number,
): Readable {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > 0 && announced <= limit) bytes.expect(announced);
  const body = bytes.request();
  let left = limit;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const taken = Math.min(chunk.length, left);
      left -= taken;
      try {
        body.take(taken);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      done(null, chunk);
    },
  });
  payload.on("error", (error) => counted.destroy(error));
  payload.pipe(counted);
  reply.raw.once("close", () => {
    body.release();
    // What nobody read goes by, so that the connection can be used again.
    payload.unpipe(counted);
    payload.resume();
    counted.destroy();
  });
  return counted;
}
