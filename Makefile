# Swiftline's commands. `make` alone lists them.

CARGO  ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
BINS   := -p swiftline-intake -p swiftline-classifier -p swiftline-router -p swiftline-feedback \
          -p swiftline-swiftctl -p swiftline-tracebook -p swiftline-demo

.DEFAULT_GOAL := help
.PHONY: help setup demo up test rehearse images sql bench bench-rules eval fmt lint docs policy packs

help: ## Lists the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

setup: ## Installs what is missing (redis-server)
	@tools/setup

demo: setup ## Runs a day of complaints through the mesh and checks that none was lost
	@$(CARGO) build --release --bins $(BINS)
	@$(TARGET)/release/demo run

up: setup ## Leaves a mesh running in the foreground and says what to try
	@$(CARGO) build --release --bins $(BINS)
	@$(TARGET)/release/demo up

test: ## Formats, lints, tests, builds the documentation, checks dependencies and packs
	@tools/setup test
	@CARGO="$(CARGO)" TARGET="$(TARGET)" tools/check

rehearse: ## Runs the Kubernetes manifests in network namespaces, rolls, kills and cuts off pods under load (as root)
	@tools/setup rehearse
	@$(CARGO) build --release --bins $(BINS)
	@tools/k8s/rehearse $(TARGET)/release

images: ## Builds a container image of each program
	@CARGO="$(CARGO)" tools/image

sql: ## Builds swift-sql, which `swiftctl query` starts: SQL over the archive (about 20 minutes the first time)
	@$(CARGO) build --release --locked --manifest-path tools/sql/Cargo.toml --target-dir $(TARGET)/sql
	@mkdir -p $(TARGET)/release && cp $(TARGET)/sql/release/swift-sql $(TARGET)/release/
	@echo "swift-sql is $(TARGET)/release/swift-sql, beside swiftctl"

bench: setup ## Measures complaints per second, beside the same Redis commands sent by a bare client
	@$(CARGO) build --release --bins $(BINS) -p swiftline-bench
	@$(TARGET)/release/bench
	@$(TARGET)/release/bench balance

eval: ## Measures how well complaints are classified, on ../shared/data where it is there
	@$(CARGO) run --quiet --release -p swiftline-train -- eval

bench-rules: ## Measures the rule engine beside zen-engine, cel and regorus on the same rules and complaints
	@$(CARGO) bench --manifest-path tools/rule-peers/Cargo.toml --target-dir $(TARGET)/rule-peers

fmt: ## Formats the code
	@$(CARGO) fmt --all
