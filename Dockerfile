# The page and the client are built with the development packages, which the image itself doesn't carry.
FROM node:26-slim AS page
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
COPY web ./web
COPY scripts ./scripts
RUN node node_modules/vite/bin/vite.js build --config web/vite.config.ts && node scripts/build-client.mjs

FROM node:26-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# npm ci runs scripts/prepare.mjs, which without development packages has nothing to do.
COPY scripts ./scripts
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:26-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
COPY --from=packages /app/node_modules ./node_modules
COPY package.json package-lock.json LICENSE ./
COPY src ./src
COPY workers ./workers
COPY --from=page /app/web/dist ./web/dist
COPY --from=page /app/dist/client ./dist/client
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=8", "--v8-pool-size=2", "src/main.ts"]
