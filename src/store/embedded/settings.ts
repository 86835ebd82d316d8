/** PostgreSQL for one small machine that it shares with the server: durable first, then modest. */
const SETTINGS: Record<string, string> = {
  // Nothing listens on the network; the socket's folder lets only its owner in.
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '60',
  // An answer leaves after COMMIT, and COMMIT means on disk.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_compression: 'on',
  checkpoint_timeout: '10min',
  max_wal_size: '1GB',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  work_mem: '8MB',
  maintenance_work_mem: '128MB',
  // The tables are small and hot: plans for spinning disks, compiled plans and parallel workers only cost here.
  random_page_cost: '1.1',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  autovacuum_naptime: '20s',
  autovacuum_vacuum_scale_factor: '0.05',
  autovacuum_analyze_scale_factor: '0.05',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'on',
  log_filename: 'postgres-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_checkpoints: 'off',
}

/** The text of the file that PostgreSQL includes; written anew at each start, so that a newer Hearth brings newer settings. */
export function settingsFile(logs: string): string {
  const lines = Object.entries({ ...SETTINGS, log_directory: logs }).map(([name, value]) => `${name} = '${value.replaceAll('\'', '\'\'')}'`)
  return `# Written by Hearth at each start; settings of your own belong in postgresql.conf, below the include.\n${lines.join('\n')}\n`
}
