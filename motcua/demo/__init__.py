"""The main job in play, on real input: the service beside the sandbox, sample dossiers of real procedures."""
