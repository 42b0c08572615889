# The front door. Each target works alone: it installs what is missing, builds
# what it needs in build/, and runs.
#
#   make demo      compile the digits models and compare the encodings
#   make test      lint, build, and run all tests
#   make lint      check the style of all files, with the fast checks of clang-tidy
#   make tidy      run all checks of clang-tidy
#   make format    rewrite all files in that style
#   make bench     time the kernels, and other libraries beside them:
#                  build/bench.json and build/roofline.svg
#   make claims    time five times what bench/claims.json asks for: build/claims.json
#   make fuzz      compare kernels and reference over the full product of cases,
#                  then quantized layers, seed after seed, until it is stopped
#   make docs      generate the reference pages: build/docs
#   make accuracy  retrain the digits models over folds and seeds
#   make build     build all tools

BUILD := build
LLVM := /usr/lib/llvm-22
PYTHON := $(BUILD)/venv/bin/python
CCACHE = $(shell command -v ccache)

.PHONY: accuracy bench build claims demo docs format fuzz help lint setup test tidy
.NOTPARALLEL:

help:
	@sed -n 's/^#   //p' Makefile

setup:
	@tools/setup/setup.sh $(BUILD)

$(BUILD)/build.ninja: | setup
	cmake -G Ninja -S . -B $(BUILD) \
	  -DCMAKE_BUILD_TYPE=Release \
	  -DCMAKE_C_COMPILER=$(LLVM)/bin/clang \
	  -DCMAKE_C_COMPILER_LAUNCHER=$(CCACHE) \
	  -DCMAKE_CXX_COMPILER=$(LLVM)/bin/clang++ \
	  -DCMAKE_CXX_COMPILER_LAUNCHER=$(CCACHE) \
	  -DLLVM_USE_LINKER=lld \
	  -DPython3_EXECUTABLE=$(abspath $(PYTHON))

build: setup $(BUILD)/build.ninja
	ninja -C $(BUILD)

accuracy: setup
	$(PYTHON) examples/digits/train.py --accuracy

bench: build
	bench/setup.sh $(BUILD)
	$(PYTHON) bench/bench.py --build $(BUILD)

claims: build
	bench/setup.sh $(BUILD)
	$(PYTHON) bench/bench.py --build $(BUILD) --claims

demo: build
	$(PYTHON) examples/digits/demo.py --build $(BUILD)

docs: setup $(BUILD)/build.ninja
	ninja -C $(BUILD) lowbit-doc

format: setup
	git ls-files '*.c' '*.cpp' '*.h' | xargs $(LLVM)/bin/clang-format -i
	$(PYTHON) -m ruff format --quiet

fuzz: build
	$(PYTHON) test/differential/differential.py --build $(BUILD) --full
	$(PYTHON) test/differential/layer_fuzz.py --build $(BUILD)

lint: setup $(BUILD)/build.ninja
	$(PYTHON) tools/lint/lint.py
	ninja -C $(BUILD) lowbit-headers LowbitUpstream
	$(PYTHON) tools/lint/tidy.py --build $(BUILD)

test: setup $(BUILD)/build.ninja
	$(PYTHON) test/run.py --build $(BUILD)

tidy: setup $(BUILD)/build.ninja
	ninja -C $(BUILD) lowbit-headers LowbitUpstream
	$(PYTHON) tools/lint/tidy.py --build $(BUILD) --slow
