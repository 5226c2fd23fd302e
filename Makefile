# What one does most, by short names; npm run and docs/ have the rest.
.PHONY: dev run test check services proxy

# Restarts on each change, with an embedded PostgreSQL in ./data.
dev:
	npm run dev

run:
	npm start

test:
	npm test

check:
	npm run check

# PostgreSQL, Valkey and Keycloak in containers, with pages to look into them.
services:
	docker compose --file docker-compose.dev.yml up --detach --wait

# https://chat.localhost in front of dev or run.
proxy:
	caddy run --config Caddyfile.dev --adapter caddyfile
