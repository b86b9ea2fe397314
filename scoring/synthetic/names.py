"""Names to combine at random. Each is common; every combination, street and school is invented."""

import numpy as np
from numpy.typing import NDArray


def _words(text: str) -> list[str]:
    return text.split()


GIRLS = _words("""Sofía Emilia Isidora Florencia Martina Josefa Antonella Catalina Agustina Maite Amanda Fernanda
Constanza Javiera Valentina Antonia Trinidad Rayén Monserrat Francisca Camila Belén Rocío Ignacia Matilda
Julieta Amparo Pascal Renata Violeta Millaray Paz Colomba Anaís Krishna Danae Arantza Génesis Noemí Dominga""")
BOYS = _words("""Mateo Benjamín Vicente Gaspar Lucas Agustín Martín Tomás Joaquín Maximiliano Facundo Cristóbal
Matías Diego Sebastián Ignacio Alonso Renato León Nahuel Lautaro Bastián Franco Simón Julián Emilio Borja
Dante Amaro Baltazar Santino Felipe Nicolás Gabriel Damián Thiago Máximo Pedro Clemente Rafael""")
GIRLS_ABROAD = _words("""Valery Yuleisy Mariángel Daniela Estefany Wideline Rose Islande Fabienne Luz Yadira Nayeli
Milagros Gabriela Saraí Ashley Oriana Carmelita""")
BOYS_ABROAD = _words("""Jeremías Yeferson Santiago Moisés Wilner Jameson Dieuseul Kervens Ángel Jhon Edinson Josué
Samuel Rodrigo Brayan Isaac Daniel Luigi""")
CARERS = _words("""María Carolina Claudia Patricia Marcela Paola Andrea Verónica Jessica Daniela Lorena Ximena
Sandra Gloria Rosa Juana Ana Viviana Elizabeth Alejandra""")
CARERS_MEN = _words("""José Luis Juan Carlos Cristian Marcelo Jorge Víctor Mauricio Héctor Rodrigo Claudio Patricio
Manuel Sergio Raúl Álvaro Hernán Óscar Iván""")

CHILEAN = _words("""González Muñoz Rojas Díaz Pérez Soto Contreras Silva Martínez Sepúlveda Morales Rodríguez López
Fuentes Hernández Torres Araya Flores Espinoza Valenzuela Castillo Tapia Reyes Gutiérrez Castro Pizarro
Álvarez Vásquez Sánchez Fernández Ramírez Carrasco Gómez Cortés Herrera Núñez Jara Vergara Rivera Figueroa
Riquelme García Miranda Bravo Vera Molina Vega Campos Sandoval Orellana Cárdenas Olivares Alarcón Gallardo
Ortiz Garrido Salazar Guzmán Henríquez Saavedra Navarro Aguilera Parra Romero Aravena Vargas Vidal Zúñiga
Cáceres Yáñez Lagos Escobar Toro Peña Bustos Farías Medina Leiva Maldonado Ñanco Poblete Godoy Inostroza""")
MAPUCHE = _words("""Huenchumilla Catrileo Colipí Painemal Millalén Curihuinca Huenupi Nahuelpán Llancaqueo Antileo
Quilaqueo Coñoepán Marileo Paillalef Ancamil Calfunao Lincopán Huaiquil Melinao Cayuqueo Tripailaf Naín
Pichún Traipe Rapimán Llanquileo Catrinao Neculmán""")
ANDEAN = _words("""Mamani Choque Quispe Condori Huanca Flores Ticona Vilca Castro Challapa García Moscoso Ayaviri
Supanta Cayo Gómez Amache Esteban""")
PERUVIAN = _words("Quispe Huamán Flores Sánchez Rojas Chávez Ramos Mendoza Paredes Ccori Vilcapoma Espíritu Ñahui")
VENEZUELAN = _words("""González Rodríguez Hernández Colmenares Urdaneta Briceño Chacín Graterol Villasmil Materán
Piñango Rondón Bracho Añez Guanipa Marcano""")
HAITIAN = _words("""Jean Pierre Joseph Louis Charles Baptiste Saint-Fleur Desrosiers Estimé Philippe Célestin
Exantus Dorvil Jean-Louis Toussaint Mondésir""")
COLOMBIAN = _words("Mosquera Valencia Caicedo Angulo Riascos Ospina Cuero Restrepo Arboleda Quintero Hurtado")

TREES = _words("""Boldo Quillay Peumo Canelo Maitén Lingue Coigüe Raulí Ulmo Arrayán Espino Algarrobo Tamarugo
Avellano Mañío Notro Chañar Molle Pimiento Litre Belloto Naranjillo Patagua Radal Tepa""")
TRAITS = _words("""Cantor Azul Dormido Viajero Sereno Dorado Errante Risueño Callado Florido Andariego Porfiado
Brujo Sabio Gentil Nuevo Alegre Silencioso Soñador Plateado""")
WAYS = ("Calle", "Pasaje", "Pasaje", "Avenida", "Camino")

# People of each origin: the shares of the country are ours to invent, plausible and no more.
ORIGINS: tuple[tuple[str, float, list[str]], ...] = (
    ("CHL", 0.906, CHILEAN),
    ("VEN", 0.038, VENEZUELAN),
    ("PER", 0.018, PERUVIAN),
    ("HTI", 0.014, HAITIAN),
    ("BOL", 0.012, ANDEAN),
    ("COL", 0.012, COLOMBIAN),
)


def pick(rng: np.random.Generator, words: list[str], size: int) -> NDArray[np.object_]:
    """Draw `size` words, the first of the list more often than the last."""
    place = rng.beta(1.0, 1.6, size) * len(words)
    chosen: NDArray[np.object_] = np.array(words, dtype=object)[place.astype(np.int64)]
    return chosen
