/** What a reverse proxy in front of Hearth needs, for the two that most people have. */
export interface ProxySettings {
  readonly serverName: string
  /** The host of public_baseurl. */
  readonly publicHost: string
  readonly port: number
}

// Paths that clients and servers ask for; everything else on the host stays the operator's.
const PATHS = ['/_matrix', '/_synapse', '/_hearth']

export function nginxSnippet({ serverName, publicHost, port }: ProxySettings): string {
  return `# nginx, in the http section. Certificates: for example from certbot.
server {
  # nginx 1.25 and newer would rather have a line "http2 on;", which the older do not know.
  listen 443 ssl http2;
  listen [::]:443 ssl http2;
  listen 8448 ssl http2;
  listen [::]:8448 ssl http2;
  server_name ${publicHost};
  ssl_certificate /etc/letsencrypt/live/${publicHost}/fullchain.pem;
  ssl_certificate_key /etc/letsencrypt/live/${publicHost}/privkey.pem;

  location ~ ^(${[...PATHS, '/\\.well-known/matrix'].join('|')}) {
    # No path behind the port: with one, nginx would rewrite encoded characters, and signatures would not fit.
    proxy_pass http://127.0.0.1:${port};
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $http_connection;
    proxy_read_timeout 120s;
    client_max_body_size 50m;
  }
}
${serverName === publicHost ? '' : `
# In the server section of ${serverName}, so that others find this server behind the name:
#   location /.well-known/matrix/ { proxy_pass http://127.0.0.1:${port}; }
`}`
}

export function caddySnippet({ serverName, publicHost, port }: ProxySettings): string {
  return `# Caddy gets the certificates by itself.
${publicHost}, ${publicHost}:8448 {
  @matrix path ${PATHS.map((path) => `${path}/*`).join(' ')} /.well-known/matrix/*
  reverse_proxy @matrix 127.0.0.1:${port}
}
${serverName === publicHost ? '' : `
# So that others find this server behind the name:
${serverName} {
  reverse_proxy /.well-known/matrix/* 127.0.0.1:${port}
}
`}`
}
