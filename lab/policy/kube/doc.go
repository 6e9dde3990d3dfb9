// Package kube holds the policies of Kubernetes: its HorizontalPodAutoscaler,
// KEDA that carries it to zero and back, and Knative's own.
//
//	           calc                 behavior
//	pods ─▶ replicas of each ─▶ stabilise ─▶ limit by rate ─▶ min/max
//	        metric; the largest
//	 └───────────────── sync: one turn of the controller ──────────────┘
//	HPA = knobs, and instances as pods, around it; KEDA = 0 ↔ 1 around HPA
//
// The controller's arithmetic is held to upstream's own cases (testdata).
package kube
