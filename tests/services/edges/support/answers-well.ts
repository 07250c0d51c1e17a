/** Whether a program's `/healthz` says that it is well. */
export async function answersWell(address: string, port: number): Promise<boolean> {
  const response = await fetch(`http://${address}:${port}/healthz`, { signal: AbortSignal.timeout(1_000) });
  await response.body?.cancel();
  return response.ok;
}
