/** Constants of the build, given by asconfig.json. */

/** 1 in the wide binary, 0 in the others. */
declare const WIDE: i32;
