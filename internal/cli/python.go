package cli

import "github.com/yarnflink/yarnflink/submit"

// isPython tells whether the program is a Python one.
func (l commandLine) isPython() bool { return l.has("python", "") || l.has("pyModule", "") }

// python reads the options of Python, nil where none is given. Paths are the
// containers', so they stay as they are. Java: PythonProgramOptions.
func (l commandLine) python() *submit.PythonSpec {
	p := submit.PythonSpec{
		Script: l.value("python"), Module: l.value("pyModule"),
		Files: l.value("pyFiles"), Requirements: l.value("pyRequirements"), Archives: l.value("pyArchives"),
		Executable: l.value("pyExecutable"), ClientExecutable: l.value("pyClientExecutable"), Path: l.value("pyPythonPath"),
	}
	if p == (submit.PythonSpec{}) {
		return nil
	}
	return &p
}
