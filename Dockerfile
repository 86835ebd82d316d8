# Hearth in a small image of its own:
#   docker build -t hearth .
#   docker run -p 8008:8008 -v hearth:/data \
#     -e HEARTH_SERVER_NAME=example.org -e HEARTH_PUBLIC_BASEURL=https://matrix.example.org hearth
# The log has the link that makes the first administrator. Other commands: docker exec -it … hearth user create alice
# Any key of the configuration can be given as a HEARTH_… variable, or in a file: -v ./hearth.yaml:/data/hearth.yaml
# Variables go before the file, those that are set below too: a file with other listeners needs -e HEARTH_LISTENERS as well.

# The image brings Node itself, so the packages that hold it for machines without are left out.
# glibc, not musl: the embedded PostgreSQL needs it.
FROM node:26-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/node-* node_modules/.bin/node \
  && npm cache clean --force

# The libraries of the embedded PostgreSQL are linked here, since the program cannot write into its own folder later.
COPY src ./src
COPY bin ./bin
COPY migrations ./migrations
RUN node -e "import('./src/store/embedded/binaries.ts').then((module) => module.findBinaries())"

FROM node:26-slim
LABEL org.opencontainers.image.title="Hearth" \
  org.opencontainers.image.description="A Matrix homeserver" \
  org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
  HEARTH_DATA_DIR=/data \
  HEARTH_LOG_FORMAT=json \
  HEARTH_LISTENERS="[{ bind: 0.0.0.0, port: 8008, resources: [client, federation, health] }]"
WORKDIR /data
COPY --from=packages /app /app
COPY LICENSE config.example.yaml /app/
RUN ln -s /app/bin/hearth.mjs /usr/local/bin/hearth && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
EXPOSE 8008
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8008/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["hearth"]
CMD ["start"]
