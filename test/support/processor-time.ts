/** Milliseconds that all threads of this process have worked: however busy the machine is with others. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
