/** Answers after `?ms=` milliseconds. */
import type { Server } from "node:http";

const MAX_MS = 600_000;

export function slow(server: Server): void {
  server.on("request", (request, response) => {
    const ms = Number(new URL(request.url ?? "/", "http://app").searchParams.get("ms") ?? 0);
    const timer = setTimeout(() => response.end(`waited ${ms} ms\n`), Math.min(Math.max(ms, 0), MAX_MS));
    response.once("close", () => clearTimeout(timer));
  });
}
