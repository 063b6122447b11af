//! Normals with full covariances.

use crate::import::manifest::Manifest;
use crate::import::manifest::tensors::Tensors;
use nalgebra::DMatrix;
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::FullNormal;

impl Manifest {
    /// Whether elements are correlated.
    pub(super) fn is_full(&self) -> bool {
        let said = &self.schema.prior;
        let keys = [
            &said.covariance_tensor,
            &said.precision_tensor,
            &said.scale_tril_tensor,
            &said.lower_tensor,
        ];
        keys.into_iter().any(Option::is_some)
    }

    /// Normals of these means, each with its covariance; one covariance serves all.
    pub(super) fn covariances(
        &self,
        means: Vec<Vec<f64>>,
        tensors: &Tensors,
    ) -> Result<Vec<FullNormal>> {
        let (dim, said) = (self.schema.dim, &self.schema.prior);
        type Made = fn(Vec<f64>, &DMatrix<f64>) -> std::result::Result<FullNormal, String>;
        let forms: [(_, Made); 3] = [
            (&said.covariance_tensor, FullNormal::of_covariance),
            (&said.precision_tensor, FullNormal::of_precision),
            (&said.scale_tril_tensor, FullNormal::of_root),
        ];
        let mut given = forms
            .into_iter()
            .filter_map(|(key, made)| Some((key.as_ref()?, made)));
        let scales = said.log_scale_tensor.is_some()
            || said.scale_tensor.is_some()
            || said.scale_eps.is_some();
        let (key, made, matrices) = match (given.next(), given.next(), &said.lower_tensor) {
            (Some((key, made)), None, None) if !scales => {
                let parts = tensors.parts(key, &[dim, dim])?.into_iter();
                let matrices = parts.map(|part| DMatrix::from_row_slice(dim, dim, part));
                (key, made, matrices.collect())
            }
            (None, None, Some(key)) => {
                let made: Made = FullNormal::of_root;
                (key, made, self.roots(tensors)?)
            }
            _ => {
                let message = "expected one of covariance_tensor, precision_tensor and scale_tril_tensor, without scales, or lower_tensor with \
                               log_scale_tensor or scale_tensor";
                return Err(self.error("prior", message));
            }
        };
        let matrices: Vec<DMatrix<f64>> = self.each(means.len(), "covariances", matrices)?;
        let pairs = means.into_iter().zip(&matrices);
        pairs
            .map(|(mean, matrix)| made(mean, matrix).map_err(|message| tensors.error(key, message)))
            .collect()
    }

    /// Triangles of the scales and what is below them.
    fn roots(&self, tensors: &Tensors) -> Result<Vec<DMatrix<f64>>> {
        let (dim, said) = (self.schema.dim, &self.schema.prior);
        let below = match &said.lower_tensor {
            Some(key) => tensors.parts(key, &[dim * (dim - 1) / 2])?,
            None => vec![],
        };
        let scales = self.scales(below.len(), tensors)?;
        let root = |(below, scales): (&&[f64], &Vec<f64>)| {
            let mut root = DMatrix::from_diagonal(&scales.clone().into());
            let places = (0..dim).flat_map(|i| (0..i).map(move |j| (i, j)));
            places
                .zip(*below)
                .for_each(|(at, number)| root[at] = *number);
            root
        };
        Ok(below.iter().zip(&scales).map(root).collect())
    }

    /// As many values as there are components, of one value for all or one for each.
    pub(super) fn each<T: Clone>(
        &self,
        count: usize,
        what: &str,
        values: Vec<T>,
    ) -> Result<Vec<T>> {
        match &values[..] {
            [one] => Ok(vec![one.clone(); count]),
            _ if values.len() == count => Ok(values),
            _ => {
                let message = format!(
                    "expected {what} of {count} components, or of one, found {}",
                    values.len()
                );
                Err(self.error("prior", message))
            }
        }
    }
}
