#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nexus_retrieval_fuzz::run("archive", bytes));
