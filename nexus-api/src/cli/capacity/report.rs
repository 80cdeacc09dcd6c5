//! The model for people.

use std::fmt::Write as _;

use super::model::Capacity;

pub(super) fn markdown(capacity: &Capacity) -> String {
    let m = &capacity.machine;
    let build = m.build.as_deref().map_or_else(String::new, |build| format!(", {build} build"));
    let mut text = format!(
        "# Capacity model\n\nMade by `nexus capacity` from what was measured; nothing in it is assumed. Measured at {} UTC with {} \
         ({}{build}) on {}, {} processors, {} MiB. {:.0} % are left free.\n\n\
         ## What this machine can do\n\n\
         `requests a second = processors / processor time of a request * (1 - headroom)`, for one kind alone, with the server \
         and PostgreSQL on the same processors. What was measured is beside it: there the generator had its share of them, and \
         nothing was left free. Latencies are those of the measured rate.\n\n\
         | kind | requests/s | processor ms: server / PostgreSQL | measured/s | measured p50 / p99 ms | from |\n|---|---|---|---|---|---|\n",
        m.at,
        m.nexus,
        m.revision,
        m.processor,
        m.processors,
        m.memory_mib,
        capacity.headroom * 100.0,
    );
    for kind in &capacity.kinds {
        let _ = writeln!(
            text,
            "| {} | {:.0} | {:.3} / {:.3} | {:.0} | {:.1} / {:.1} | {} |",
            kind.kind,
            kind.per_second,
            kind.server_cpu_ms,
            kind.postgres_cpu_ms,
            kind.measured_per_second,
            kind.measured_p50_ms,
            kind.measured_p99_ms,
            kind.from,
        );
    }
    text.push_str("\nA question costs what is here besides its model, which was a fake one that answers at once.\n");
    if !capacity.needs.is_empty() {
        write_needs(&mut text, capacity);
    }
    text
}

fn write_needs(text: &mut String, capacity: &Capacity) {
    let wanted = &capacity.wanted;
    let mut parts: Vec<String> =
        wanted.rates.iter().map(|target| format!("`{}` {}/s", target.kind, target.per_second)).collect();
    parts.extend(wanted.streams.map(|count| format!("{count} streams at once")));
    parts.extend(wanted.documents.map(|count| format!("{count} documents")));
    let _ = write!(
        text,
        "\n## What a target needs\n\nWanted: {}. Each figure is what was measured, times what is wanted, divided by what is not \
         left free.\n\n| what | needed | from |\n|---|---|---|\n",
        parts.join(", "),
    );
    for need in &capacity.needs {
        let value = format!("{:.2} {}", need.value, need.unit);
        let _ = writeln!(text, "| {} | {} | {} |", need.what, value.trim_end(), need.from);
    }
}
