//! The `nexus` binary.

use std::process::ExitCode;

use clap::Parser as _;

/// Memory of streams that ended goes back to the system, which the allocator of the C library keeps (measured: benches/reports).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = nexus_api::cli::Cli::parse();
    if let Some(code) = cli.alone() {
        return code;
    }
    // Several libraries bring a TLS provider of their own: the choice is made here, once.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(nexus_api::cli::run(cli));
            // What must end has ended; a thread that still works on an abandoned job must not keep the process.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            eprintln!("nexus: cannot start threads: {error}");
            ExitCode::FAILURE
        }
    }
}
