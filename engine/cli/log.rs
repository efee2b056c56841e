//! The log as one JSON object a line: every stage as it ends, with its counts and its time, and every message.

use std::fmt::Debug;
use std::io::Write;
use std::time::Instant;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Writes the log to standard error.
pub(crate) struct JsonLog;

/// A stage that has begun.
struct Stage {
    began: Instant,
    fields: Fields,
}

/// Fields by name.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), json!(format!("{value:?}")));
    }
}

impl<S> Layer<S> for JsonLog
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            let began = Instant::now();
            span.extensions_mut().insert(Stage { began, fields });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(stage) = span.extensions_mut().get_mut::<Stage>()
        {
            values.record(&mut stage.fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        write(event.metadata(), fields.0);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let mut line = Map::new();
        line.insert("stage".to_owned(), json!(span.name()));
        if let Some(stage) = span.extensions_mut().remove::<Stage>() {
            line.insert("seconds".to_owned(), json!(stage.began.elapsed().as_secs_f64()));
            line.extend(stage.fields.0);
        }
        write(span.metadata(), line);
    }
}

fn write(metadata: &Metadata<'_>, fields: Map<String, Value>) {
    let mut line = Map::new();
    line.insert("level".to_owned(), json!(metadata.level().as_str().to_lowercase()));
    line.extend(fields);
    // Whoever does not read the log any more misses nothing else.
    let _ = writeln!(std::io::stderr().lock(), "{}", Value::Object(line));
}
