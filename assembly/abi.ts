/**
 * The memory contract between the core and TypeScript, written once.
 *
 * Un-annotated integer constants only: this file is compiled by AssemblyScript into the core and by TypeScript into the
 * package, so that neither side can disagree about an opcode, an offset or an alignment. It must know nothing else.
 */

/** Raised with every change to this file; the package refuses a core that answers another number. */
export const ABI_VERSION = 4;

/** Planned memory starts here; below lie the core's read-only tables (checked against the core's own size at load). */
export const MEMORY_BASE = 8192;
/**
 * i32 below the core's tables, written by the package before the first run: other than 0 where the engine's compiler reorders
 * long loop bodies until they no longer fit the registers, so that relaxed products take one step a turn. Same bits.
 */
export const HINT_ONE_STEP = 512;
/** Every region starts on a border of two cache lines. */
export const REGION_ALIGNMENT = 128;
/** Columns of one weight panel, which is also the multiple to which a writer fills a row with zeros. */
export const PANEL_COLUMNS = 8;
/** Bytes of one row of a panel. */
export const PANEL_ROW_BYTES = 32;
/** The weights product works on blocks of this many rows of the batch and this many inputs: what its scratch holds. */
export const WEIGHTS_BLOCK_ROWS = 256;
export const WEIGHTS_BLOCK_INPUTS = 192;

// ---------------------------------------------------------------------------------------------------------------------
// Tensor descriptor: where a tensor lies and how it is laid out.

export const TENSOR_SIZE = 32;
/** u32: address of the first element. */
export const TENSOR_DATA = 0;
/** i32: one of DTYPE_. */
export const TENSOR_DTYPE = 4;
/** i32: one of LAYOUT_. */
export const TENSOR_LAYOUT = 8;
/** i32: rows that the region has room for (batch capacity, or the inputs of a kernel). */
export const TENSOR_ROWS = 12;
/** i32: columns that carry values. */
export const TENSOR_COLUMNS = 16;
/** u32: bytes from one row to the next (LAYOUT_ROWS), or from one panel to the next (LAYOUT_PANELS). */
export const TENSOR_STRIDE = 20;
/** u32: bytes of the whole region. */
export const TENSOR_BYTES = 24;

export const DTYPE_F32 = 0;
export const DTYPE_U8 = 1;
export const DTYPE_I32 = 2;
export const DTYPE_F64 = 3;

/** Row-major, rows `stride` bytes apart, filled with zeros up to a multiple of 8 columns by whoever writes them. */
export const LAYOUT_ROWS = 0;
/** A kernel [inputs, units] as panels of 8 units: [units / 8][inputs][8], each panel `stride` bytes. */
export const LAYOUT_PANELS = 1;
/** One run of numbers. */
export const LAYOUT_FLAT = 2;

// ---------------------------------------------------------------------------------------------------------------------
// Op record: one line of a program. Operands are addresses of tensor descriptors; 0 means "none".

export const OP_SIZE = 64;
/** i32: one of the OP_ codes below. */
export const OP_CODE = 0;
/** i32: which activation, loss, optimizer or metric. */
export const OP_KIND = 4;
/** i32: bit set of FLAG_. */
export const OP_FLAGS = 8;
/** f32: the op's own constant (an input scale, a slope). */
export const OP_SCALAR = 12;
export const OP_A = 16;
export const OP_B = 20;
export const OP_C = 24;
export const OP_D = 28;
export const OP_E = 32;
export const OP_F = 36;
export const OP_G = 40;
/** u32: what names the op's random numbers, together with the step's counter. */
export const OP_SEED = 44;
/** f32: a second constant. */
export const OP_SCALAR_2 = 48;
/** i32: how many of the following ops belong to this one (OP_SECTION, OP_TILES). */
export const OP_MEMBERS = 52;
/** i32: panels that a group of ops works on (OP_TILES). */
export const OP_PANELS = 56;
/** i32: panels of one tile (OP_TILES). */
export const OP_TILE_PANELS = 60;

/** End of the program. */
export const OP_END = 0;
/** A source → B batch: rows picked by the step's order, converted to B's dtype, times the scalar. */
export const OP_GATHER = 1;
/** A x, B kernel, C bias, D y: y = x · kernel + bias, with FLAG_RELU cut at zero. */
export const OP_DENSE_FORWARD = 2;
/** A dY, B kernel, C dX: dX = dY · kernelᵀ. */
export const OP_DENSE_BACKWARD_INPUT = 3;
/** A x, B dY, C dKernel, D dBias, E scratch: dKernel = xᵀ · dY, dBias = column sums of dY. */
export const OP_DENSE_BACKWARD_WEIGHTS = 4;
/** A z, B y: y = kind(z); A and B may be one tensor. */
export const OP_ACTIVATION_FORWARD = 5;
/** A z, B y, C dY, D dZ: dZ = dY times the derivative of kind; C and D may be one tensor. */
export const OP_ACTIVATION_BACKWARD = 6;
/** A output, B target, C row weights, D row losses, E gradient of the mean loss (none: value only). */
export const OP_LOSS = 7;
/** A row losses: their sum into the step record; a non-finite sum ends the run before anything is updated. */
export const OP_LOSS_SUM = 8;
/** A parameters, B gradients, C, D, E moments; hyperparameters in the step record. */
export const OP_UPDATE = 9;
/** A output, B target, C accumulators (f64): adds this batch's part of a metric. */
export const OP_METRIC = 10;
/**
 * The ops that belong to it are shared out among threads as its kind (SECTION_) says; at its end all threads meet, unless
 * FLAG_OPEN is set. One thread alone passes over it.
 */
export const OP_SECTION = 11;
/** The core returns, TypeScript does something of the user's own, and goes on with the next op. */
export const OP_HOST = 12;
/** A x, B y: y = kind(x) with the op's seed and the step's counter; the scalar is the rate or the deviation. */
export const OP_NOISE_FORWARD = 13;
/** A dY, B dX: the gradient of OP_NOISE_FORWARD with the same seed. */
export const OP_NOISE_BACKWARD = 14;
/** A x, B gamma, C beta, D y, E row statistics: normalises each row; the scalar is epsilon. */
export const OP_LAYER_NORM_FORWARD = 15;
/** A x, B gamma, C row statistics, D dY, E dX. */
export const OP_LAYER_NORM_BACKWARD = 16;
/** A x, B gamma, C beta, D y, E column statistics, F running statistics: normalises each column over the batch. */
export const OP_BATCH_NORM_FORWARD = 17;
/** A x, B gamma, C column statistics, D dY, E dX, F dGamma, G dBeta. */
export const OP_BATCH_NORM_BACKWARD = 18;
/** A x, B gamma, C beta, D y, E running statistics: by the running mean and variance. */
export const OP_BATCH_NORM_INFERENCE = 19;
/** A parameters, B gradients: adds the gradient of scalar · Σ|w| + scalar 2 · Σw². */
export const OP_PENALTY = 20;
/** A gradients: kind CLIP_VALUE or CLIP_NORM, at the scalar. */
export const OP_CLIP = 21;
/** A kernel: scales down each unit whose norm is above the scalar. */
export const OP_MAX_NORM = 22;
/** A x, B row statistics, C dY, D dGamma, E dBeta: the sums over the rows. */
export const OP_LAYER_NORM_BACKWARD_WEIGHTS = 23;
/** The ops that belong to it are done tile by tile, each tile some panels of one layer, so that gradients are updated while they are near. */
export const OP_TILES = 24;
/**
 * A target, B row weights, C row losses, D gradient of the output, E spare row: a whole training step, on one row, of the links
 * that follow (OP_MEMBERS); kind and FLAG_FUSED as for OP_LOSS. With FLAG_UPDATE also the update by plain sgd.
 */
export const OP_CHAIN = 25;
/** A x, B kernel, C bias, D z, E y, F dKernel, G dBias: one dense layer of OP_CHAIN, of at most 8 units, with an activation as its kind. */
export const OP_LINK = 26;

/** OP_DENSE_FORWARD: cut y at zero in the same pass. */
export const FLAG_RELU = 1;
/** OP_LOSS: the gradient is taken with respect to the input of the last activation, not to its output. */
export const FLAG_FUSED = 2;
/** OP_UPDATE: Nesterov's look-ahead (sgd). */
export const FLAG_NESTEROV = 4;
/** OP_GATHER: multiply by the scalar. */
export const FLAG_SCALE = 8;
/** OP_UPDATE: the parameter itself decays (adamw), not the gradient grows by it. */
export const FLAG_DECOUPLED = 16;
/** OP_UPDATE: divide by the largest second moment so far (amsgrad). */
export const FLAG_AMSGRAD = 32;
/** OP_SECTION: threads go on without meeting. */
export const FLAG_OPEN = 64;
/** OP_CHAIN: the weights are updated in the same pass. */
export const FLAG_UPDATE = 128;

/** Threads claim blocks of rows and take each through all ops of the section. */
export const SECTION_ROWS = 0;
/** Threads claim 8 columns at a time (what mixes the rows of a batch). */
export const SECTION_COLUMNS = 1;
/** Threads claim tiles of the section's groups (OP_TILES), in order. */
export const SECTION_TILES = 2;
/** One thread does all. */
export const SECTION_ONE = 3;
/** Every thread does all, and comes to the same result. */
export const SECTION_EACH = 4;

// ---------------------------------------------------------------------------------------------------------------------
// Step record: what changes from step to step. One record a step; the core writes loss and status.

export const STEP_SIZE = 64;
/** i32: rows in this batch. */
export const STEP_ROWS = 0;
/** u32: address of this batch's row numbers (i32 each); 0 means rows 0, 1, 2 … */
export const STEP_ORDER = 4;
/** i32, out: STATUS_. */
export const STEP_STATUS = 8;
/** f64, out: sum of the row losses. */
export const STEP_LOSS = 16;
/** Eight f32: the optimizer's hyperparameters of this step. */
export const STEP_SCALARS = 24;
/** u32: number of this step since the network was made, which names its random numbers. */
export const STEP_COUNTER = 56;

// ---------------------------------------------------------------------------------------------------------------------
// Team record: what the threads of one run share, in cache lines of their own. All i32.

export const TEAM_SIZE = 256;
/** Threads that take part. */
export const TEAM_THREADS = 0;
/** Set by whoever sees that a thread is lost or has failed: all leave at once. */
export const TEAM_ABORT = 4;
/** Steps that all threads have ended. */
export const TEAM_STEPS = 16;
/** Threads that have left the run; for whoever waits for all of them. */
export const TEAM_LEFT = 20;
/** Threads at the barrier, the number of barriers passed, and threads that sleep there. */
export const TEAM_ARRIVED = 64;
export const TEAM_GENERATION = 128;
export const TEAM_SLEEPERS = 132;
/** Next piece of the section at hand. */
export const TEAM_CLAIM = 192;

// ---------------------------------------------------------------------------------------------------------------------
// What the core says of a step.

export const STATUS_OK = 0;
/** The loss became non-finite; nothing was updated in this step. */
export const STATUS_LOSS = 1;
/** A gradient or an updated parameter became non-finite in this step. */
export const STATUS_UPDATE = 2;

// ---------------------------------------------------------------------------------------------------------------------
// Kinds. A new one is one constant here, one row in a table of src/, one case beside its derivative in assembly/kernels/.

export const ACTIVATION_LINEAR = 0;
export const ACTIVATION_RELU = 1;
export const ACTIVATION_SIGMOID = 2;
export const ACTIVATION_TANH = 3;
export const ACTIVATION_SOFTMAX = 4;
export const ACTIVATION_LEAKY_RELU = 5;
export const ACTIVATION_ELU = 6;
export const ACTIVATION_SELU = 7;
export const ACTIVATION_GELU = 8;
export const ACTIVATION_SILU = 9;
export const ACTIVATION_SOFTPLUS = 10;
export const ACTIVATION_SOFTSIGN = 11;

export const LOSS_MEAN_SQUARED_ERROR = 0;
export const LOSS_HALF_SQUARED_ERROR = 1;
export const LOSS_BINARY_CROSSENTROPY = 2;
export const LOSS_CATEGORICAL_CROSSENTROPY = 3;
export const LOSS_SPARSE_CATEGORICAL_CROSSENTROPY = 4;
export const LOSS_MEAN_ABSOLUTE_ERROR = 5;
export const LOSS_HUBER = 6;
export const LOSS_KULLBACK_LEIBLER_DIVERGENCE = 7;
export const LOSS_HINGE = 8;

export const OPTIMIZER_SGD = 0;
export const OPTIMIZER_SGD_MOMENTUM = 1;
export const OPTIMIZER_ADAM = 2;
export const OPTIMIZER_RMSPROP = 3;
export const OPTIMIZER_ADAGRAD = 4;
export const OPTIMIZER_NADAM = 5;

// Places of an optimizer's hyperparameters among STEP_SCALARS, in bytes from there. What is one minus another number is
// handed over as well, because 1 - f32(0.999) is wrong in its fifth digit.
/** Step length: the learning rate, for adam with both bias corrections folded in. */
export const SCALAR_RATE = 0;
/** This times the parameter is added to the gradient; with FLAG_DECOUPLED it is taken off the parameter. */
export const SCALAR_WEIGHT_DECAY = 4;
/** sgd, rmsprop: momentum. */
export const SCALAR_MOMENTUM = 8;
export const SCALAR_BETA1 = 8;
export const SCALAR_ONE_MINUS_BETA1 = 12;
/** adam, nadam: beta2; rmsprop: rho. */
export const SCALAR_BETA2 = 16;
export const SCALAR_ONE_MINUS_BETA2 = 20;
/** Added outside of the root; for adam and nadam times the square root of the second bias correction. */
export const SCALAR_EPSILON = 24;
/** nadam: step length of the gradient itself. */
export const SCALAR_GRADIENT_RATE = 28;

export const METRIC_ACCURACY = 0;
export const METRIC_BINARY_ACCURACY = 1;
export const METRIC_MEAN_ABSOLUTE_ERROR = 2;
export const METRIC_R2 = 3;

export const NOISE_DROPOUT = 0;
export const NOISE_GAUSSIAN = 1;

export const CLIP_VALUE = 0;
export const CLIP_NORM = 1;
