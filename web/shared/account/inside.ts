/** inside returns where to go after the log-in: a path of this page, never an address of others. */
export function inside(to: string | null): string {
  return to && /^\/(?![/\\])/.test(to) ? to : '/'
}
