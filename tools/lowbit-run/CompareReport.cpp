//===- CompareReport.cpp - Errors of layers as text -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompareReport.h"

#include "lowbit/Runtime/Json.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

using namespace mlir::lowbit;

/// What is left of a layer below this is of no use, in dB.
static constexpr double kDestroyed = 10.0;

static std::string format(const char *pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), pattern, value);
  return text;
}

/// `name` without control characters.
static std::string escape(const std::string &name) {
  std::string quoted = quoteJson(name);
  return quoted.substr(1, quoted.size() - 2);
}

static std::string join(const std::vector<std::string> &texts) {
  std::string result;
  for (const std::string &text : texts)
    result += (result.empty() ? "" : ", ") + text;
  return result;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

using Row = std::vector<std::string>;

/// A number in a table.
static std::string formatCell(const char *pattern, double value) {
  return std::isnan(value) ? "-" : format(pattern, value);
}

/// SQNR, cosine, largest error, share clipped in percent.
static void appendCells(Row &row, const LayerError &error, bool isMeasured,
                        bool clips) {
  if (!isMeasured) {
    row.insert(row.end(), 4, "-");
    return;
  }
  row.push_back(formatCell("%.1f", error.result.getSqnr()));
  row.push_back(formatCell("%.6f", error.result.getCosine()));
  row.push_back(format("%.4g", error.result.maxError));
  row.push_back(clips ? format("%.2f", 100.0 * error.input.get()) : "-");
}

/// The bound of the largest error, and the part of it that rounding gives.
static void appendBound(Row &row, const std::optional<ErrorBound> &bound) {
  row.push_back(bound ? format("%.4g", bound->getTotal()) : "-");
  row.push_back(bound ? format("%.4g", bound->rounding) : "-");
}

/// Two columns of names, then numbers, aligned on the right.
static std::string formatTable(const std::vector<Row> &rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const Row &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string result;
  for (const Row &row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      std::string padding(widths[i] - row[i].size(), ' ');
      result += (i == 0 ? "" : "  ");
      result += i < 2 ? row[i] + padding : padding + row[i];
    }
    result += "\n";
  }
  return result;
}

static double getSqnr(const ComparedLayer &layer) {
  return (layer.hasAlone ? layer.alone : layer.accumulated).result.getSqnr();
}

/// A line, unless there is nothing to list.
static std::string formatList(const std::string &what,
                              const std::vector<std::string> &names) {
  return names.empty() ? "" : what + ": " + join(names) + "\n";
}

/// The layers below `kDestroyed`, the worst one first.
static std::vector<const ComparedLayer *>
findDestroyed(const std::vector<ComparedLayer> &layers) {
  std::vector<const ComparedLayer *> destroyed;
  for (const ComparedLayer &layer : layers)
    if (layer.isQuantized() && getSqnr(layer) < kDestroyed)
      destroyed.push_back(&layer);
  std::sort(destroyed.begin(), destroyed.end(),
            [](const ComparedLayer *a, const ComparedLayer *b) {
              return std::pair(getSqnr(*a), a) < std::pair(getSqnr(*b), b);
            });
  return destroyed;
}

std::string ComparisonReport::formatText() const {
  std::vector<Row> rows = {{"layer", "encoding", "alone: dB", "cosine",
                            "max error", "clipped %", "bound", "by rounding",
                            "accumulated: dB", "cosine", "max error",
                            "clipped %"}};
  std::vector<std::string> chained, destroyed, infinite, integer;
  for (const ComparedLayer &layer : layers) {
    Row &row = rows.emplace_back(Row{escape(layer.name), layer.encoding});
    appendCells(row, layer.alone, layer.hasAlone, layer.clips);
    appendBound(row, layer.bound);
    appendCells(row, layer.accumulated, true, layer.clips);
    if (!layer.hasAlone)
      chained.push_back(row[0]);
    if (int64_t ignored = layer.accumulated.result.ignored)
      infinite.push_back(row[0] + " (" + std::to_string(ignored) + ")");
  }
  std::string result =
      "compared " + std::to_string(samples) + " samples\n" + formatTable(rows);
  for (const std::string &name : skipped)
    integer.push_back(escape(name));
  result += formatList("accumulated only, their inputs being codes", chained);
  result += formatList("not compared, having no float result of this name in " +
                           escape(quantizedModel),
                       integer);
  result +=
      formatList("results that are not finite, and do not count", infinite);
  std::vector<const ComparedLayer *> found = findDestroyed(layers);
  for (const ComparedLayer *layer : found)
    destroyed.push_back(escape(layer->name));
  if (!found.empty())
    result += found[0]->encoding + " keeps " +
              format("%.1f", getSqnr(*found[0])) + " dB of " + destroyed[0] +
              "; layers below " + format("%g", kDestroyed) +
              " dB: " + join(destroyed) + "\n";
  return result;
}

//===----------------------------------------------------------------------===//
// JSON and CSV
//===----------------------------------------------------------------------===//

static std::string formatNumber(double value) {
  return std::isfinite(value) ? format("%.12g", value) : "null";
}

static std::string formatJson(const LayerError &error, bool clips) {
  return "{\"sqnr_db\": " + formatNumber(error.result.getSqnr()) +
         ", \"cosine\": " + formatNumber(error.result.getCosine()) +
         ", \"max_error\": " + formatNumber(error.result.maxError) +
         ", \"clipped\": " +
         (clips ? formatNumber(error.input.get()) : "null") +
         ", \"count\": " + std::to_string(error.result.count) +
         ", \"ignored\": " + std::to_string(error.result.ignored) + "}";
}

static std::string formatJson(const std::optional<ErrorBound> &bound) {
  if (!bound)
    return "null";
  return "{\"rounding\": " + formatNumber(bound->rounding) +
         ", \"clipping\": " + formatNumber(bound->clipping) + "}";
}

std::string ComparisonReport::formatJson() const {
  std::vector<std::string> objects, chained, destroyed, integer;
  for (const ComparedLayer &layer : layers) {
    if (!layer.hasAlone)
      chained.push_back(quoteJson(layer.name));
    objects.push_back(
        "\n  {\"name\": " + quoteJson(layer.name) +
        ", \"encoding\": " + quoteJson(layer.encoding) + ", \"alone\": " +
        (layer.hasAlone ? ::formatJson(layer.alone, layer.clips) : "null") +
        ", \"bound\": " + ::formatJson(layer.bound) + ", \"accumulated\": " +
        ::formatJson(layer.accumulated, layer.clips) + "}");
  }
  for (const std::string &name : skipped)
    integer.push_back(quoteJson(name));
  for (const ComparedLayer *layer : findDestroyed(layers))
    destroyed.push_back(quoteJson(layer->name));
  return "{\"float\": " + quoteJson(floatModel) +
         ", \"quantized\": " + quoteJson(quantizedModel) +
         ", \"samples\": " + std::to_string(samples) +
         ",\n \"below_10_db\": [" + join(destroyed) + "], \"not_compared\": [" +
         join(integer) + "], \"accumulated_only\": [" + join(chained) +
         "],\n \"layers\": [" + join(objects) + "]}\n";
}

/// A field as RFC 4180 has it.
static std::string quoteCsv(const std::string &text) {
  std::string result = "\"";
  for (char c : text)
    result += c == '"' ? "\"\"" : std::string(1, c);
  return result + "\"";
}

static std::string formatField(double value) {
  return std::isnan(value) ? "," : format(",%.12g", value);
}

static std::string formatCsv(const LayerError &error, bool clips) {
  return formatField(error.result.getSqnr()) +
         formatField(error.result.getCosine()) +
         formatField(error.result.maxError) +
         (clips ? formatField(error.input.get()) : ",");
}

std::string ComparisonReport::formatCsv() const {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  std::string result = "layer,encoding";
  for (const char *how : {"alone", "accumulated"})
    for (const char *what : {"sqnr_db", "cosine", "max_error", "clipped"})
      result += std::string(",") + how + "_" + what;
  result += ",bound_rounding,bound_clipping\n";
  for (const ComparedLayer &layer : layers)
    result +=
        quoteCsv(layer.name) + "," + quoteCsv(layer.encoding) +
        (layer.hasAlone ? ::formatCsv(layer.alone, layer.clips) : ",,,,") +
        ::formatCsv(layer.accumulated, layer.clips) +
        formatField(layer.bound ? layer.bound->rounding : nan) +
        formatField(layer.bound ? layer.bound->clipping : nan) + "\n";
  return result;
}
