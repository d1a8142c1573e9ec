# drachtio-callback: every task of the project has a target here. `make` alone prints them.
SHELL := /bin/sh
NODE := node_modules/.bin/node
# The console's types of the API are made out of the API's description.
CONSOLE_TYPES := $(NODE) scripts/api-types.ts && node_modules/.bin/tsc -p console
.DEFAULT_GOAL := help
.PHONY: help setup setup-test run demo test unit sipp fuzz chaos load bench bench-amd bench-media soak pictures prompts lint format typecheck build clean

help: ## this list
	@echo 'drachtio-callback: a call is rejected with a callback reason, and the phone rings back.'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

setup:
	@scripts/setup.sh

setup-test:
	@scripts/setup.sh --test

run: setup ## start the application with a demo configuration (flags: make run ARGS='--http 127.0.0.1:8081')
	@exec $(NODE) lib/main.ts serve $(ARGS)

demo: setup ## play the first callback against the running server and print its SIP ladder
	@$(NODE) test/demo/demo.ts $(ARGS)

# JOBS=n batches side by side, 1: one after the other; MOCHA='--grep x': flags of mocha
test: setup-test ## everything: types, lint, unit, wire and SIPp tests
	@node_modules/.bin/tsc -p .
	@$(CONSOLE_TYPES)
	@node_modules/.bin/biome check --error-on-warnings .
	@$(NODE) test/batches/run.ts $(if $(JOBS),--jobs $(JOBS)) $(if $(MOCHA),-- $(MOCHA))

unit: setup-test ## the quick tests only: core, schema, store
	@$(NODE) node_modules/.bin/mocha $(MOCHA) 'test/{arch,core,schema,config,store,app}/**/*.test.ts'

# CASE=name[/variant]; AT_ONCE=n side by side; KEEP=dir keeps the SIPp files; MEDIA=rtpengine: media by one of the pack's own; DRACHTIO=host:port SECRET=s [SIP=host:port]: on a drachtio-server
sipp: setup-test ## the SIPp scenarios, each with its verdict (one: make sipp CASE=reject-with-reason)
	@$(NODE) test/sipp/run.ts $(CASE) $(if $(AT_ONCE),--at-once $(AT_ONCE)) $(if $(KEEP),--keep $(KEEP)) \
	  $(if $(MEDIA),--media $(MEDIA)) $(if $(DRACHTIO),--drachtio $(DRACHTIO)) $(if $(SECRET),--secret $(SECRET)) $(if $(SIP),--sip $(SIP))

# SECONDS=60
fuzz: setup-test ## hostile RTP, RTCP and SDP against the media, with ever new seeds (make fuzz SECONDS=3600)
	@$(NODE) --expose-gc test/media/fuzz/run.ts $(SECONDS)

# ONLY=name,name KILLS=100 RATE=50 SEED=n; docs/chaos.md says what is done, and how to read a failure
chaos: setup-test ## kills, frozen and cut-off nodes, full disks, clock steps, a bad network, under load: 0 lost, 0 doubled (half an hour)
	@$(NODE) test/chaos/run.ts $(if $(ONLY),--only $(ONLY)) $(if $(KILLS),--kills $(KILLS)) $(if $(RATE),--rate $(RATE)) \
	  $(if $(SEED),--seed $(SEED)) $(ARGS)

# Alone: against `make run` on this machine. make load ARGS=--help says what each is.
load: setup-test ## callers against any server that calls back, and what became of each (make load TARGET=host:port RATE=50 SECONDS=60)
	@$(NODE) load/run.ts $(if $(TARGET),--target $(TARGET)) $(if $(RATE),--rate $(RATE)) $(if $(SECONDS),--seconds $(SECONDS)) \
	  $(if $(NUMBER),--number '$(NUMBER)') $(if $(DELAY),--delay $(DELAY)) $(if $(LISTEN),--listen $(LISTEN)) \
	  $(if $(CALLERS),--callers $(CALLERS)) $(if $(EXTENSION),--extension $(EXTENSION)) $(if $(ANSWER),--answer $(ANSWER)) \
	  $(if $(TALK),--talk $(TALK)) $(if $(FIRST),--first $(FIRST)) $(if $(PROMISE),--promise $(PROMISE)) $(if $(EARLY),--early $(EARLY)) $(if $(MISSING),--missing $(MISSING)) \
	  $(if $(MAX_LATENESS),--max-lateness $(MAX_LATENESS)) $(if $(REPORT),--report '$(REPORT)') $(if $(JSON),--json '$(JSON)') $(ARGS)

# ARGS=--quick: three minutes; ARGS=--help lists the flags. DRACHTIO_SERVER=/path/to/drachtio or HOST:PORT: beside a drachtio-server
bench: setup-test ## callbacks per second, lateness, CPU and memory beside the floor; rewrites bench/RESULTS.md (half an hour)
	@$(if $(DRACHTIO_SERVER),DRACHTIO_SERVER=$(DRACHTIO_SERVER)) $(if $(DRACHTIO_SECRET),DRACHTIO_SECRET=$(DRACHTIO_SECRET)) \
	  $(if $(DRACHTIO_SIP),DRACHTIO_SIP=$(DRACHTIO_SIP)) $(NODE) bench/run.ts $(ARGS)

# ARGS=--help lists the flags; rtpengine-daemon has to be installed
bench-media: setup-test ## bridged calls and prompts through the embedded media, beside rtpengine; rewrites its section of bench/RESULTS.md
	@$(NODE) bench/media/run.ts --write $(ARGS)

# RATE=: half of the limit that make bench found, unless told; SECONDS=3600; ARGS=--help lists the flags
soak: setup-test ## an hour at half the limit: memory, descriptors, ports, transactions and open rows stay as they are
	@$(NODE) bench/soak.ts $(if $(SECONDS),--seconds $(SECONDS)) $(if $(RATE),--rate $(RATE)) $(ARGS)

bench-amd: setup ## person, machine or beep: how often the detectors are right on the samples of test/fixtures/amd
	@$(NODE) test/media/detection/print-confusion.ts

pictures: setup-test ## the pictures of docs/console.md, taken anew by the console's tests
	@$(NODE) test/console/take-pictures.ts

# PROMPTS=folder: another folder with <language>/texts.txt; ARGS=--force: all of them
prompts: ## the spoken prompts, made of prompts/<language>/texts.txt by espeak-ng where the text has changed
	@scripts/setup.sh --prompts
	@$(NODE) scripts/make-prompts.ts $(PROMPTS) $(ARGS)

lint: setup ## types, lint and format, checked
	@node_modules/.bin/tsc -p . && $(CONSOLE_TYPES) && node_modules/.bin/biome check --error-on-warnings .

format: setup ## format in place
	@node_modules/.bin/biome check --write .

build: setup ## the JavaScript that is published, and the console
	@rm -rf dist && node_modules/.bin/tsc -p tsconfig.build.json && $(NODE) scripts/build-console.mjs

clean: ## remove what was installed and built
	@rm -rf node_modules dist coverage
