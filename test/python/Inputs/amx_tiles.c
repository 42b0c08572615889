// The tile instructions that models for x86-amx are made of, as Intel's manual
// (SDM volume 2) defines them, for processors without. A tile is 16 rows of 64
// bytes. The shapes are those that a tile configuration would hold; what it
// would not hold ends the process.

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint8_t bytes[16][64];
} Tile;

static void check(uint16_t rows, uint16_t columns) {
  if (rows < 1 || rows > 16 || columns < 1 || columns > 64)
    abort();
}

void lowbit_tilezero(Tile *tile, uint16_t rows, uint16_t columns) {
  check(rows, columns);
  memset(tile, 0, sizeof *tile);
}

void lowbit_tileloadd64(Tile *tile, uint16_t rows, uint16_t columns,
                        const uint8_t *from, int64_t stride) {
  lowbit_tilezero(tile, rows, columns);
  for (int row = 0; row != rows; ++row)
    memcpy(tile->bytes[row], from + row * stride, columns);
}

void lowbit_tilestored64(uint16_t rows, uint16_t columns, uint8_t *to,
                         int64_t stride, const Tile *tile) {
  check(rows, columns);
  for (int row = 0; row != rows; ++row)
    memcpy(to + row * stride, tile->bytes[row], columns);
}

// Sums of rows x columns bytes, a is rows x depth bytes and signed, b is
// depth / 4 x columns bytes, signed or not.
static void multiply(Tile *result, uint16_t rows, uint16_t columns,
                     uint16_t depth, const Tile *sums, const Tile *a,
                     const Tile *b, int is_signed) {
  check(rows, columns);
  check(depth / 4, depth);
  if (columns % 4 || depth % 4)
    abort();
  Tile next;
  memset(&next, 0, sizeof next);
  for (int row = 0; row != rows; ++row)
    for (int column = 0; column != columns / 4; ++column) {
      uint32_t sum;
      memcpy(&sum, sums->bytes[row] + 4 * column, 4);
      for (int k = 0; k != depth; ++k) {
        uint8_t weight = b->bytes[k / 4][4 * column + k % 4];
        sum += (uint32_t)((int8_t)a->bytes[row][k] *
                          (is_signed ? (int8_t)weight : weight));
      }
      memcpy(next.bytes[row] + 4 * column, &sum, 4);
    }
  *result = next;
}

void lowbit_tdpbssd(Tile *result, uint16_t rows, uint16_t columns,
                    uint16_t depth, const Tile *sums, const Tile *a,
                    const Tile *b) {
  multiply(result, rows, columns, depth, sums, a, b, 1);
}

void lowbit_tdpbsud(Tile *result, uint16_t rows, uint16_t columns,
                    uint16_t depth, const Tile *sums, const Tile *a,
                    const Tile *b) {
  multiply(result, rows, columns, depth, sums, a, b, 0);
}

// 0 for denormals.
static float flush(float value) {
  return fabsf(value) < FLT_MIN ? copysignf(0, value) : value;
}

static float extend(const uint8_t *bytes) {
  uint32_t bits = 0;
  float value;
  memcpy((uint8_t *)&bits + 2, bytes, 2);
  memcpy(&value, &bits, 4);
  return flush(value);
}

// The first and the second of each pair are added up apart.
void lowbit_tdpbf16ps(Tile *result, uint16_t rows, uint16_t columns,
                      uint16_t depth, const Tile *sums, const Tile *a,
                      const Tile *b) {
  check(rows, columns);
  check(depth / 4, depth);
  if (columns % 4 || depth % 4)
    abort();
  Tile next;
  memset(&next, 0, sizeof next);
  for (int row = 0; row != rows; ++row)
    for (int column = 0; column != columns / 4; ++column) {
      float sum, parts[2] = {0, 0};
      for (int k = 0; k != depth / 2; ++k)
        parts[k % 2] = flush(fmaf(
            extend(a->bytes[row] + 2 * k),
            extend(b->bytes[k / 2] + 4 * column + 2 * (k % 2)), parts[k % 2]));
      memcpy(&sum, sums->bytes[row] + 4 * column, 4);
      sum = flush(flush(sum) + flush(parts[0] + parts[1]));
      memcpy(next.bytes[row] + 4 * column, &sum, 4);
    }
  *result = next;
}

// Of lowbit-c/Model.h: there are tiles now.
const char *lowbit_cpu_missing_feature(const char *features) {
  (void)features;
  return NULL;
}
