//! The nodes and constants of a graph, added one by one.

use super::Precision;
use super::proto::{Attribute, Element, GraphProto, Node, Tensor, Value};
use std::collections::BTreeMap;

/// The name of a tensor in the graph.
pub type Name = String;

/// A graph that grows.
pub struct Graph {
    precision: Precision,
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
    /// Constants by what they hold: networks that run several times store their weights once.
    known: BTreeMap<(Vec<i64>, i32, Vec<u8>), Name>,
}

impl Graph {
    pub fn new(precision: Precision) -> Self {
        Self {
            precision,
            nodes: vec![],
            constants: vec![],
            known: BTreeMap::new(),
        }
    }

    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The type of its numbers.
    pub fn element(&self) -> Element {
        self.precision.into()
    }

    pub fn finish(self, name: &str, input: Value, output: Vec<Value>) -> GraphProto {
        GraphProto {
            node: self.nodes,
            name: name.into(),
            initializer: self.constants,
            input: vec![input],
            output,
        }
    }

    fn store(&mut self, dims: Vec<i64>, element: Element, raw_data: Vec<u8>) -> Name {
        let content = (dims, element.into(), raw_data);
        if let Some(name) = self.known.get(&content) {
            return name.clone();
        }
        let name = format!("constant_{}", self.constants.len());
        let (dims, data_type, raw_data) = content.clone();
        self.constants.push(Tensor {
            dims,
            data_type,
            name: name.clone(),
            raw_data,
        });
        self.known.insert(content, name.clone());
        name
    }

    /// Numbers, row by row; one number if the shape is empty.
    pub fn constant(&mut self, shape: &[usize], values: &[f64]) -> Name {
        let values = values.iter();
        let bytes = match self.precision {
            Precision::Double => values.flat_map(|x| x.to_le_bytes()).collect(),
            Precision::Single => values.flat_map(|x| (*x as f32).to_le_bytes()).collect(),
        };
        let dims = shape.iter().map(|extent| *extent as i64).collect();
        self.store(dims, self.element(), bytes)
    }

    fn places(&mut self, places: &[usize]) -> Name {
        let bytes = places
            .iter()
            .flat_map(|place| (*place as i64).to_le_bytes());
        let bytes = bytes.collect();
        self.store(vec![places.len() as i64], Element::Int64, bytes)
    }

    /// The node's only output, with a name of its own.
    fn add(&mut self, operator: &str, inputs: &[&str], attributes: Vec<Attribute>) -> Name {
        let output = format!("{}_{}", operator.to_lowercase(), self.nodes.len());
        self.node(operator, inputs, attributes, &output);
        output
    }

    fn node(&mut self, operator: &str, inputs: &[&str], attribute: Vec<Attribute>, output: &str) {
        self.nodes.push(Node {
            input: inputs.iter().map(|name| name.to_string()).collect(),
            output: vec![output.into()],
            name: output.into(),
            op_type: operator.into(),
            attribute,
        });
    }

    /// An operation without attributes.
    pub fn apply(&mut self, operator: &str, inputs: &[&str]) -> Name {
        self.add(operator, inputs, vec![])
    }

    /// An operation with a number on the right.
    pub fn with(&mut self, operator: &str, x: &str, number: f64) -> Name {
        let number = self.constant(&[], &[number]);
        self.apply(operator, &[x, &number])
    }

    /// An operation with the same row on the right of each row.
    pub fn with_row(&mut self, operator: &str, x: &str, row: &[f64]) -> Name {
        let row = self.constant(&[row.len()], row);
        self.apply(operator, &[x, &row])
    }

    /// Another name for an output of the whole graph.
    pub fn name(&mut self, x: &str, output: &str) {
        self.node("Identity", &[x], vec![], output);
    }

    /// The elements at these places of each row.
    pub fn gather(&mut self, x: &str, places: &[usize]) -> Name {
        let places = self.places(places);
        self.add("Gather", &[x, &places], vec![Attribute::int("axis", 1)])
    }

    /// Columns of several tensors, side by side.
    pub fn concatenate(&mut self, parts: &[&str]) -> Name {
        self.add("Concat", parts, vec![Attribute::int("axis", 1)])
    }

    /// A vector `[n]` as a column `[n, 1]`.
    pub fn column(&mut self, x: &str) -> Name {
        let axis = self.places(&[1]);
        self.apply("Unsqueeze", &[x, &axis])
    }

    /// A reduction of each row to a number, `[n]`.
    pub fn reduce(&mut self, operator: &str, x: &str) -> Name {
        self.reduce_to(operator, x, false)
    }

    /// A reduction of each row to a column, `[n, 1]`.
    pub fn reduce_to_column(&mut self, operator: &str, x: &str) -> Name {
        self.reduce_to(operator, x, true)
    }

    fn reduce_to(&mut self, operator: &str, x: &str, keeps: bool) -> Name {
        let axis = self.places(&[1]);
        let keeps = Attribute::int("keepdims", keeps.into());
        self.add(operator, &[x, &axis], vec![keeps])
    }

    /// `x Wᵀ + b`, with `W` outputs × inputs, row by row.
    pub fn linear(&mut self, x: &str, weight: &[f64], bias: &[f64]) -> Name {
        let shape = [bias.len(), weight.len() / bias.len().max(1)];
        let weight = self.constant(&shape, weight);
        let bias = self.constant(&[bias.len()], bias);
        let transposed = Attribute::int("transB", 1);
        self.add("Gemm", &[x, &weight, &bias], vec![transposed])
    }
}
