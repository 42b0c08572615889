// Runs the tile instructions of models for x86-amx on processors without them,
// as Intel's manual (SDM volume 2) defines them: each is an illegal instruction
// there, whose signal is handled by doing its work and going on behind it. What
// a tile unit would refuse, such as tiles whose shapes do not meet, ends the
// process. Linked into a model.

#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

typedef struct {
  uint8_t bytes[16][64];
} Tile;

// What ldtilecfg reads.
typedef struct {
  uint8_t palette, startRow, reserved[14];
  uint16_t columns[8]; // bytes
  uint8_t reservedColumns[16];
  uint8_t rows[8];
  uint8_t reservedRows[8];
} Configuration;
_Static_assert(sizeof(Configuration) == 64, "a line");

static _Thread_local Configuration configuration;
static _Thread_local Tile tiles[8];

static void require(int condition) {
  if (!condition)
    abort();
}

static void requireTile(int tile) {
  require(configuration.palette == 1);
  require(configuration.rows[tile] != 0 && configuration.columns[tile] != 0);
}

//===----------------------------------------------------------------------===//
// What the instructions do
//===----------------------------------------------------------------------===//

static void configure(const uint8_t *from) {
  memcpy(&configuration, from, sizeof configuration);
  require(configuration.palette == 1 && configuration.startRow == 0);
  for (int i = 0; i != 8; ++i)
    require(configuration.rows[i] <= 16 && configuration.columns[i] <= 64);
  memset(tiles, 0, sizeof tiles);
}

static void release(void) { memset(&configuration, 0, sizeof configuration); }

static void zero(int tile) {
  requireTile(tile);
  memset(&tiles[tile], 0, sizeof tiles[tile]);
}

static void load(int tile, const uint8_t *from, int64_t stride) {
  zero(tile);
  for (int row = 0; row != configuration.rows[tile]; ++row)
    memcpy(tiles[tile].bytes[row], from + row * stride,
           configuration.columns[tile]);
}

static void store(int tile, uint8_t *to, int64_t stride) {
  requireTile(tile);
  for (int row = 0; row != configuration.rows[tile]; ++row)
    memcpy(to + row * stride, tiles[tile].bytes[row],
           configuration.columns[tile]);
}

// The shapes of c += a * b, where b has a row for each four bytes of a's.
static void requireProduct(int c, int a, int b) {
  requireTile(a), requireTile(b), requireTile(c);
  require(a != b && a != c && b != c);
  require(configuration.rows[c] == configuration.rows[a]);
  require(configuration.columns[c] == configuration.columns[b]);
  require(configuration.columns[a] == 4 * configuration.rows[b]);
  require(configuration.columns[c] % 4 == 0);
}

static void multiplyBytes(int c, int a, int b, int isSignedA, int isSignedB) {
  requireProduct(c, a, b);
  for (int row = 0; row != configuration.rows[c]; ++row)
    for (int column = 0; column != configuration.columns[c] / 4; ++column) {
      uint32_t sum;
      memcpy(&sum, tiles[c].bytes[row] + 4 * column, 4);
      for (int k = 0; k != configuration.columns[a]; ++k) {
        uint8_t first = tiles[a].bytes[row][k];
        uint8_t second = tiles[b].bytes[k / 4][4 * column + k % 4];
        sum += (uint32_t)((isSignedA ? (int8_t)first : first) *
                          (isSignedB ? (int8_t)second : second));
      }
      memcpy(tiles[c].bytes[row] + 4 * column, &sum, 4);
    }
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
static void multiplyFloats(int c, int a, int b) {
  requireProduct(c, a, b);
  for (int row = 0; row != configuration.rows[c]; ++row)
    for (int column = 0; column != configuration.columns[c] / 4; ++column) {
      float sum, parts[2] = {0, 0};
      for (int k = 0; k != configuration.columns[a] / 2; ++k)
        parts[k % 2] =
            flush(fmaf(extend(tiles[a].bytes[row] + 2 * k),
                       extend(tiles[b].bytes[k / 2] + 4 * column + 2 * (k % 2)),
                       parts[k % 2]));
      memcpy(&sum, tiles[c].bytes[row] + 4 * column, 4);
      sum = flush(flush(sum) + flush(parts[0] + parts[1]));
      memcpy(tiles[c].bytes[row] + 4 * column, &sum, 4);
    }
}

//===----------------------------------------------------------------------===//
// How they are written
//===----------------------------------------------------------------------===//

// With the three-byte VEX prefix, in the map 0f38, of 128 bits.
typedef struct {
  int prefix; // 0: none, 1: 66, 2: f3, 3: f2
  int opcode;
  int reg, rm, other; // of rm, of tiles only
  uint8_t *memory;    // null: rm is a tile
  int64_t stride;
  const uint8_t *end;
} Instruction;

static int64_t readRegister(const greg_t *registers, int number) {
  static const int order[] = {
      REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
      REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  return registers[order[number]];
}

// Reads the operand in memory behind `modrm`. `extension` has bit 3 of the
// numbers of base (bit 0) and index (bit 1).
static void decodeMemory(Instruction *instruction, const uint8_t *modrm,
                         int extension, const greg_t *registers) {
  int mode = *modrm >> 6, base = (*modrm & 7) | (extension & 1) << 3;
  const uint8_t *at = modrm + 1;
  int64_t address = 0, stride = 0;
  int hasBase = 1, isRelative = 0;
  if ((base & 7) == 4) {
    int index = (*at >> 3 & 7) | (extension & 2) << 2;
    if (index != 4)
      stride = readRegister(registers, index) << (*at >> 6);
    base = (*at & 7) | (extension & 1) << 3;
    hasBase = mode != 0 || (base & 7) != 5;
    ++at;
  } else if (mode == 0 && (base & 7) == 5) {
    hasBase = 0;
    isRelative = 1;
  }
  if (hasBase)
    address = readRegister(registers, base);
  if (mode == 1) {
    address += (int8_t)*at;
    at += 1;
  } else if (mode == 2 || !hasBase) {
    int32_t displacement;
    memcpy(&displacement, at, 4);
    address += displacement;
    at += 4;
  }
  if (isRelative)
    address += (int64_t)at;
  instruction->memory = (uint8_t *)address;
  instruction->stride = stride;
  instruction->end = at;
}

static int decode(Instruction *instruction, const greg_t *registers) {
  const uint8_t *at = (const uint8_t *)registers[REG_RIP];
  if (at[0] != 0xc4 || (at[1] & 0x1f) != 2 || (at[2] & 0x84) != 0)
    return 0;
  const uint8_t *modrm = at + 4;
  *instruction = (Instruction){
      .prefix = at[2] & 3,
      .opcode = at[3],
      .reg = *modrm >> 3 & 7,
      .rm = *modrm & 7,
      .other = ~at[2] >> 3 & 15,
      .end = modrm + 1,
  };
  int extension = (~at[1] >> 5 & 1) | (~at[1] >> 5 & 2);
  if (*modrm >> 6 != 3)
    decodeMemory(instruction, modrm, extension, registers);
  return 1;
}

static int execute(const Instruction *instruction) {
  int reg = instruction->reg, rm = instruction->rm, other = instruction->other;
  uint8_t *memory = instruction->memory;
  switch (instruction->opcode << 4 | instruction->prefix) {
  case 0x490: // ldtilecfg, tilerelease
    if (memory)
      configure(memory + instruction->stride);
    else
      release();
    return 1;
  case 0x493:
    zero(reg);
    return 1;
  case 0x4b1: // tileloaddt1
  case 0x4b3:
    load(reg, memory, instruction->stride);
    return 1;
  case 0x4b2:
    store(reg, memory, instruction->stride);
    return 1;
  case 0x5c2:
    multiplyFloats(reg, rm, other);
    return 1;
  case 0x5e0: // tdpbuud
  case 0x5e1: // tdpbusd
  case 0x5e2: // tdpbsud
  case 0x5e3: // tdpbssd
    multiplyBytes(reg, rm, other, instruction->prefix >> 1,
                  instruction->prefix & 1);
    return 1;
  default:
    return 0;
  }
}

//===----------------------------------------------------------------------===//
// The signal
//===----------------------------------------------------------------------===//

static struct sigaction previous;

static void handle(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  Instruction instruction;
  if (decode(&instruction, registers) && execute(&instruction))
    registers[REG_RIP] = (greg_t)instruction.end;
  else
    sigaction(SIGILL, &previous, NULL); // for the same instruction
}

__attribute__((constructor)) static void install(void) {
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
  sigaction(SIGILL, &action, &previous);
}

// Of lowbit-c/Model.h: there are tiles now.
const char *lowbit_cpu_missing_feature(const char *features) {
  (void)features;
  return NULL;
}
