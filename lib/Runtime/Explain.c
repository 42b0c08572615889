//===- Explain.c - Why a machine does not run a model ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The caller's buffer, and how much of it is text.
typedef struct Line {
  char *text;
  size_t bytes, length;
} Line;

/// Appends as much as there is room for.
static void appendPart(Line *line, const char *text, size_t length) {
  const size_t room = line->bytes - line->length - 1;
  length = length < room ? length : room;
  memcpy(line->text + line->length, text, length);
  line->length += length;
  line->text[line->length] = '\0';
}

static void append(Line *line, const char *text) {
  appendPart(line, text, strlen(text));
}

/// 'feature', 'feature', ...: all that this machine lacks for a variant.
static void appendMissing(Line *line, const lowbit_variant *variant) {
  const char *missing = lowbit_cpu_missing_feature(variant->cpu_features);
  if (!missing)
    append(line, "a self-test that passes");
  for (const char *separator = "'"; missing; separator = ", '") {
    const size_t length = strcspn(missing, ",");
    append(line, separator);
    appendPart(line, missing, length);
    append(line, "'");
    missing += length + (missing[length] == ',');
    missing = lowbit_cpu_missing_feature(missing);
  }
}

static void appendTargets(Line *line, const lowbit_model *model) {
  for (int32_t i = 0; i < model->num_variants; ++i) {
    append(line, i == 0 ? "" : ", ");
    append(line, model->variants[i].target);
  }
}

static int isWanted(const lowbit_variant *variant, const char *target) {
  return !target || strcmp(variant->target, target) == 0;
}

/// What would run the variants for `target`, or, if it is null, any of them.
static void explainTarget(Line *line, const lowbit_model *model,
                          const char *target) {
  int reasons = 0;
  for (int32_t i = 0; i < model->num_variants; ++i) {
    const lowbit_variant *variant = &model->variants[i];
    if (!isWanted(variant, target))
      continue;
    append(line, reasons++ == 0 ? "expected a CPU with " : " or with ");
    appendMissing(line, variant);
    append(line, " (target '");
    append(line, variant->target);
    append(line, "')");
  }
  if (!target) {
    append(line, ", but got one without");
  } else if (reasons) {
    append(line,
           ", as LOWBIT_TARGET says, but got one without; the model has ");
    appendTargets(line, model);
  } else {
    append(line, "expected LOWBIT_TARGET to be one of ");
    appendTargets(line, model);
    append(line, ", but got '");
    append(line, target);
    append(line, "'");
  }
}

lowbit_status lowbit_model_explain(const lowbit_model *model, char *text,
                                   size_t bytes) {
  const lowbit_status status = lowbit_model_check(model, NULL);
  if (!text || bytes == 0)
    return status;
  Line line = {text, bytes, 0};
  const char *target = getenv("LOWBIT_TARGET");
  if (status == LOWBIT_ERROR_TARGET)
    explainTarget(&line, model, target && *target ? target : NULL);
  else if (status == LOWBIT_ERROR_VERSION)
    snprintf(text, bytes,
             "expected a model of interface version %d, but got one of version "
             "%u",
             LOWBIT_ABI_VERSION, (unsigned)model->abi_version);
  else
    append(&line, lowbit_status_text(status));
  return status;
}
