/** What /proc says of processes: CPU time, memory, descriptors, sockets. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** USER_HZ, which is 100 wherever Linux is built as usual. */
const TICK_MS = 10;
const PAGE_BYTES = 4096;

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It has ended.
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The process and all that it has started, as long as they live. */
export function familyOf(pid: number): number[] {
  const children = list(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}

/** proc_pid_stat(5): utime and stime, fields 14 and 15; the name before them may hold anything. */
function cpuMsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

/** Whether this process and what it starts go before all others (sched(7): SCHED_FIFO, SCHED_RR), as by `chrt -r 1`. */
export function isRealTime(): boolean {
  const stat = read('/proc/self/stat');
  const policy = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38];
  return policy === '1' || policy === '2';
}

/** User and system time of these processes and their children, threads that have ended included. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.flatMap(familyOf).reduce((sum, pid) => sum + cpuMsIn(read(`/proc/${pid}/stat`)), 0);
}

/** CPU milliseconds of the main thread of each of these processes. */
export function mainThreadCpuMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [ran] = read(`/proc/${pid}/task/${pid}/schedstat`).split(' ');
    return sum + Number(ran ?? 0) / 1e6;
  }, 0);
}

/** CPU milliseconds by name of thread; several of one name are added up. */
export function threadCpuMsOf(pids: readonly number[]): Record<string, number> {
  const byName: Record<string, number> = {};
  for (const pid of pids.flatMap(familyOf)) {
    for (const thread of list(`/proc/${pid}/task`)) {
      const name = read(`/proc/${pid}/task/${thread}/comm`).trim();
      const [ran] = read(`/proc/${pid}/task/${thread}/schedstat`).split(' ');
      byName[name] = (byName[name] ?? 0) + Number(ran ?? 0) / 1e6;
    }
  }
  return byName;
}

export function rssBytesOf(pids: readonly number[]): number {
  return pids
    .flatMap(familyOf)
    .reduce((sum, pid) => sum + Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * PAGE_BYTES, 0);
}

export interface Descriptors {
  all: number;
  sockets: number;
  udpSockets: number;
}

export function descriptorsOf(pid: number): Descriptors {
  const targets = list(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  const inodes = new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
  const udp = ['udp', 'udp6'].flatMap((table) => read(`/proc/${pid}/net/${table}`).split('\n').slice(1));
  const udpSockets = udp.filter((line) => inodes.has(line.trim().split(/\s+/)[9] ?? '')).length;
  return { all: targets.length, sockets: inodes.size, udpSockets };
}

/** The process of this machine that listens on a TCP port; null: none that we may look into. */
export function listenerOn(port: number): number | null {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set(
    ['tcp', 'tcp6']
      .flatMap((table) => read(`/proc/self/net/${table}`).split('\n').slice(1))
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === '0A' && local?.endsWith(hex))
      .map((fields) => fields[9]),
  );
  const owns = (pid: string) =>
    list(`/proc/${pid}/fd`).some((fd) => {
      try {
        return inodes.has(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]);
      } catch {
        return false;
      }
    });
  const pid = list('/proc').find((name) => /^\d+$/.test(name) && owns(name));
  return pid === undefined ? null : Number(pid);
}
